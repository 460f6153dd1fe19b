using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>move</c></summary>
internal sealed class MoveHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "move";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => new MoveOperation(
        new PinShard(fields.Shard(), new GroupId(fields.Text("gid"u8)), fields.OptionalBoolean("plan"u8)));

    private sealed class MoveOperation(PinShard request) : RebalanceOperation(request)
    {
        protected override ReadOnlySpan<byte> OkType => "move_ok"u8;

        protected override ErrorReply? Check(NodeNames names) => names.CheckGroup("gid", request.Group.Value);
    }
}
