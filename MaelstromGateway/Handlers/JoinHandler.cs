using System.Collections.Immutable;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>join</c></summary>
internal sealed class JoinHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "join";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields)
    {
        ImmutableArray<string> groups = fields.Names("gids"u8);
        bool isPlan = fields.OptionalBoolean("plan"u8);
        return new JoinOperation(new JoinGroups([.. groups.Select(static name => new GroupId(name))], isPlan));
    }

    private sealed class JoinOperation(JoinGroups request) : RebalanceOperation(request)
    {
        protected override ReadOnlySpan<byte> OkType => "join_ok"u8;

        protected override ErrorReply? Check(NodeNames names) => names.CheckGroups("gids", request.Groups);
    }
}
