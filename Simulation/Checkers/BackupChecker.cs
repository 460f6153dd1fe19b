using OrleansShards.Core.Bytes;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// What a backup copies is a state that the shard had: the newest checkpoint in the store, read as a backup reads it, has bit-identically
/// the state that the log leads to at the checkpoint's index.
/// </summary>
internal sealed class BackupChecker(World world) : Checker
{
    private const string Rule = "backups-are-states";

    private readonly Dictionary<LogName, LogIndex> _seen = [];

    internal override void Stepped(NodeRun run)
    {
        if (run.Node is not ShardNode)
            return;

        StoreImage image = world.Store.Of(run.ShardLog);
        if (image.Manifest is not { } manifest || _seen.GetValueOrDefault(run.ShardLog) == image.Checkpoint)
            return;

        _seen[run.ShardLog] = image.Checkpoint;
        Check(run.ShardLog, image, manifest);
    }

    private static void Check(LogName log, StoreImage image, ReadOnlyMemory<byte> manifest)
    {
        try
        {
            CheckpointReader reader = new(manifest.Span);
            for (int number = 0; number < reader.Manifest.Chunks; number++)
            {
                if (image.Chunk(reader.Manifest.Id, number) is not { } chunk)
                    throw new ViolationException(Rule, $"the checkpoint of {log} at {image.Checkpoint} has no chunk {number}");

                reader.Take(chunk.Span);
            }

            // A copy that receives a move is not backed up: its content is elsewhere.
            if (reader.IsReceiving)
                return;

            reader.End();
            ulong? expected = image.Truth.DigestAt(image.Checkpoint);
            if (reader.Content.Digest != expected)
                throw new ViolationException(Rule, $"the checkpoint of {log} at {image.Checkpoint} is not the state there");
        }
        catch (CorruptDataException damage)
        {
            throw new ViolationException(Rule, $"the checkpoint of {log} at {image.Checkpoint}: {damage.Message}");
        }
    }
}
