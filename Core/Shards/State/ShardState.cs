using OrleansShards.Core.Json;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>
/// One group's copy of one shard: keys, values, sessions and ownership, changed only by the entries of its log. The outcome
/// of an entry is the answer to its request.
/// </summary>
/// <remarks>
/// One entry has both an operation's effect and its session's record: neither ever exists without the other.
/// <see cref="SessionTable"/> says how long sessions are kept. The bound belongs to the state machine: every node of a
/// cluster must have the same.
/// </remarks>
public sealed partial class ShardState : IStateMachine<Message>
{
    /// <summary>How many sessions of each kind a shard keeps unless configured otherwise.</summary>
    /// <value>65,536: some 6 MB a shard and kind where all are in use.</value>
    public const int SessionsMaxDefault = 65_536;

    private readonly GroupId _self;
    private readonly int _sessionsMax;
    private KeyTable _data = new();
    private SessionTable _clients;
    private SessionTable _routers;
    private Staging? _staging;
    private ulong? _contentDigest;

    /// <summary>The state before the first entry.</summary>
    /// <param name="self">The group whose copy it is.</param>
    /// <param name="sessionsMax">How many sessions of each kind are kept; 1 at least.</param>
    public ShardState(GroupId self, int sessionsMax = SessionsMaxDefault)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sessionsMax, 1);
        _self = self;
        _sessionsMax = sessionsMax;
        _clients = new SessionTable(sessionsMax);
        _routers = new SessionTable(sessionsMax);
    }

    /// <summary>Everything but the content.</summary>
    public ShardOwnership Ownership { get; private set; } = ShardOwnership.Initial;

    /// <summary>How many keys there are.</summary>
    public int Keys => _data.Count;

    /// <summary>Bytes of keys, values, session names and recorded replies: <see cref="DataLimits.ShardBytesMax"/> limits it.</summary>
    public long ContentBytes => _data.Bytes + _clients.Bytes + _routers.Bytes;

    /// <summary>The same with what this copy receives by a move or a restore.</summary>
    public long Bytes => ContentBytes + (_staging?.Copy.Bytes ?? 0);

    /// <summary>About how long the snapshot's text would be: names that need escapes make it longer.</summary>
    internal long SnapshotBytes => _data.Bytes + (4L * _data.Count) + _clients.Bytes + (128L * _clients.Count);

    /// <summary>How many client sessions there are.</summary>
    public int ClientSessions => _clients.Count;

    /// <summary>How many router sessions there are.</summary>
    public int RouterSessions => _routers.Count;

    /// <inheritdoc/>
    public ulong Digest
    {
        get
        {
            Digest64 digest = _routers.AddTo(_clients.AddTo(_data.AddTo(default)));
            digest = digest.With(OwnershipBytes().Written);
            return (_staging is null ? digest : digest.With(StagingBytes().Written).With(_staging.Copy.Digest)).Value;
        }
    }

    /// <inheritdoc/>
    public Message Apply(LogCursor at, ReadOnlyMemory<byte> entry) => KeyEntry.IsKey(entry.Span)
        ? Apply(KeyEntry.Read(entry))
        : Apply(at, TransferEntryCodec.Decode(entry));

    /// <summary>The digest of data and client sessions by JSON value; visits all of them once after each change.</summary>
    public ulong ContentDigest() => _contentDigest ??= Shards.ContentDigest.Of(
        _data.All().Select(static item => (item.Key, item.Value)),
        _clients.All().Select(static session => (session.Name, session.Sequence, session.Reply, session.Value)));

    /// <summary>Data and client sessions as JSON: <c>{"data":{…}}</c>, with entries and sessions if there are any.</summary>
    public JsonText Snapshot() => SnapshotWriter.Write(_data.All(), _clients.All());
}
