using OrleansShards.Core.Bytes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Backups;

/// <summary>Checks that parts follow one another, and that each shard has the digest that it had in its cluster.</summary>
internal sealed class BackupChecker
{
    private CheckpointReader? _shard;
    private bool _hasMasters;

    internal BackupPart.Header? Header { get; private set; }

    /// <summary>How many shards are whole.</summary>
    internal int Shards { get; private set; }

    /// <summary>Their bytes.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Where the next part is, for an error.</summary>
    internal string Place =>
        Header is null ? "in its header"
        : !_hasMasters ? "in the masters' decisions"
        : _shard is { } shard && shard.Chunks < shard.Manifest.Chunks ? $"in chunk {shard.Chunks} of shard {Shards}"
        : _shard is not null ? $"at the end of shard {Shards}"
        : Shards < Header.Shards ? $"before shard {Shards}"
        : "at its end";

    /// <exception cref="CorruptDataException">The part does not follow, or a shard is damaged.</exception>
    internal void Take(BackupPart part)
    {
        switch (part)
        {
            case BackupPart.Failed:
                break;
            case BackupPart.Header header when Header is null && header.Shards > 0:
                Header = header;
                break;
            case BackupPart.Masters when Header is not null && !_hasMasters:
                _hasMasters = true;
                break;
            case BackupPart.ShardBegin begin when _hasMasters && begin.Shard.Value == Shards && Shards < Header!.Shards:
                _shard = new CheckpointReader(begin.Manifest.Span);
                break;
            case BackupPart.ShardChunk chunk when _shard is not null && chunk.Number == _shard.Chunks:
                _shard.Take(chunk.Bytes.Span);
                break;
            case BackupPart.ShardEnd end when _shard is not null:
                End(_shard, end.Content);
                break;
            case BackupPart.End when _shard is null && Shards == Header?.Shards:
                break;
            default:
                throw new CorruptDataException($"a part of kind {part.GetType().Name} does not follow there");
        }
    }

    private void End(CheckpointReader shard, CheckpointContent content)
    {
        shard.End();
        if (shard.Content != content)
            throw new CorruptDataException($"the shard has {shard.Content}, where {content} was expected");

        Bytes += content.Bytes;
        Shards++;
        _shard = null;
    }
}
