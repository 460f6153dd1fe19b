using System.Collections.Immutable;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>leave</c></summary>
internal sealed class LeaveHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "leave";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields)
    {
        ImmutableArray<string> groups = fields.Names("gids"u8);
        bool isPlan = fields.OptionalBoolean("plan"u8);
        return new LeaveOperation(new LeaveGroups([.. groups.Select(static name => new GroupId(name))], isPlan));
    }

    private sealed class LeaveOperation(LeaveGroups request) : RebalanceOperation(request)
    {
        protected override ReadOnlySpan<byte> OkType => "leave_ok"u8;

        protected override ErrorReply? Check(NodeNames names) => names.CheckGroups("gids", request.Groups);
    }
}
