using OrleansShards.Core;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>migrate_shard</c></summary>
internal sealed class MigrateShardHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "migrate_shard";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) =>
        new MigrateShardOperation(fields.Shard(), new GroupId(fields.Text("target_gid"u8)));

    private sealed class MigrateShardOperation(ShardId shard, GroupId target)
        : WholeMoveOperation(shard, target)
    {
        protected override ReadOnlySpan<byte> OkType => "migrate_shard_ok"u8;
    }
}
