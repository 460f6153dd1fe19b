using System.Globalization;
using System.Text;
using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>
/// How large data may be. Checked where a request enters (a client's router) and again by the shard before a proposal, never when an
/// entry is applied: two replicas with different limits must stay equal. Every process of a cluster should have the same.
/// </summary>
public sealed record DataLimits
{
    /// <summary>
    /// The most bytes of data in one message: a seed, a snapshot, a value. Not configurable: Orleans closes the connection at a frame of
    /// 100 MiB (<c>MaxMessageBodySize</c>), which costs every other request on it an unknown outcome.
    /// </summary>
    public const int MessageBytesMax = 64 << 20;

    private const int KeyBytesLimit = 1 << 20;
    private const int ValueBytesLimit = 16 << 20;
    private const int SessionNameBytesLimit = 4096;
    private const long StoredBytesMin = 1 << 20;

    /// <summary>The longest key, in bytes of its JSON text.</summary>
    /// <value>Default: 65,536 (64 KiB); 1 to 1,048,576. A key is looked up, hashed and compared whole.</value>
    public int KeyBytesMax { get; init; } = 64 << 10;

    /// <summary>The longest value, in bytes of its JSON text; also of the value that a <c>cas</c> expects.</summary>
    /// <value>Default: 1,048,576 (1 MiB), one record of the log; 1 to 16,777,216. Other requests wait for a large record's commit.</value>
    public int ValueBytesMax { get; init; } = 1 << 20;

    /// <summary>The longest name of a client's session, in bytes of UTF-8.</summary>
    /// <value>Default: 256; 1 to 4,096. With it, 65,536 sessions hold 16 MiB of names.</value>
    public int SessionNameBytesMax { get; init; } = 256;

    /// <summary>
    /// How many bytes of names and recorded replies the sessions of one kind in one shard may hold: beyond it the least recently used
    /// ones are dropped. The leader writes the bound into its entries, so that every replica drops the same ones.
    /// </summary>
    /// <value>Default: 67,108,864 (64 MiB): 65,536 sessions of 1 KiB each; at least 1 MiB.</value>
    public long SessionBytesMax { get; init; } = 64L << 20;

    /// <summary>How many bytes of keys, values and sessions one shard may hold before it refuses what makes it larger.</summary>
    /// <value>Default: 1,073,741,824 (1 GiB), some 1.6 GiB of memory with values of 100 bytes; at least 1 MiB.</value>
    public long ShardBytesMax { get; init; } = 1L << 30;

    /// <summary>The same for all copies of shards on one silo, with what they receive by moves. Measured 40 times a second.</summary>
    /// <value>Default: 4,294,967,296 (4 GiB): four full shards; at least 1 MiB.</value>
    public long SiloBytesMax { get; init; } = 4L << 30;

    /// <summary>All errors of the limits, a sentence each; <paramref name="prefix"/> stands before each name.</summary>
    public IEnumerable<string> Problems(string prefix = "Limits.")
    {
        (string Name, long Value, long Min, long Max)[] limits =
        [
            (nameof(KeyBytesMax), KeyBytesMax, 1, KeyBytesLimit),
            (nameof(ValueBytesMax), ValueBytesMax, 1, ValueBytesLimit),
            (nameof(SessionNameBytesMax), SessionNameBytesMax, 1, SessionNameBytesLimit),
            (nameof(SessionBytesMax), SessionBytesMax, StoredBytesMin, long.MaxValue),
            (nameof(ShardBytesMax), ShardBytesMax, StoredBytesMin, long.MaxValue),
            (nameof(SiloBytesMax), SiloBytesMax, StoredBytesMin, long.MaxValue),
        ];
        foreach ((string name, long value, long min, long max) in limits.Where(static one => one.Value < one.Min || one.Value > one.Max))
            yield return $"{prefix}{name} is {value} bytes; expected {(max == long.MaxValue ? $"at least {min}" : $"{min} to {max}")}";
    }

    /// <summary>The definite refusal of a request that has something too large; null for any other request.</summary>
    public ShardRefusal? RefusalOf(Message request) => request switch
    {
        KeyRequest key => RefusalOf(key),
        SeedShard seed => OfMessage("the seed", (long)seed.Data.Span.Length + seed.Sessions.Span.Length),
        ReceiveShard receive => OfSnapshot(receive.Snapshot.Span.Length),
        _ => null,
    };

    internal ShardRefusal? RefusalOf(ShardContent content)
    {
        foreach ((JsonText key, JsonText value) in content.Items)
        {
            if ((OfKey(key) ?? OfValue(value)) is { } refusal)
                return refusal;
        }

        foreach ((SessionName name, _, _, JsonText value) in content.Sessions)
        {
            if ((OfSessionName(name.Utf8.Length) ?? OfValue(value)) is { } refusal)
                return refusal;
        }

        return TooLarge(LimitName.Shard, "the shard's new content", content.Bytes, ShardBytesMax, "shard-bytes-max");
    }

    internal static ShardRefusal? OfMessage(string what, long bytes) => bytes <= MessageBytesMax ? null : Refusal(
        ShardRefusalKind.Malformed, LimitName.Message,
        $"{what} has {Text(bytes)} bytes; expected at most {Text(MessageBytesMax)} in one message, which no option changes");

    internal static ShardRefusal? OfSnapshot(long bytes) => OfMessage("the snapshot", bytes) is { } refusal
        ? refusal with { Text = $"{refusal.Text}: migrate_shard moves a shard of any size" }
        : null;

    internal ShardRefusal ShardFull(long bytes, long growth) =>
        Full(LimitName.Shard, $"the shard is full: it holds {Text(bytes)} bytes, and this would add {Text(growth)}",
            ShardBytesMax, "shard-bytes-max");

    internal ShardRefusal SiloFull(long bytes, long growth) =>
        Full(LimitName.Silo, $"the silo is full: its shards hold {Text(bytes)} bytes, and this would add {Text(growth)}",
            SiloBytesMax, "silo-bytes-max");

    /// <summary>Why a silo with so much room does not take a shard; null if it does, or if one of the two is not known.</summary>
    internal static string? NoRoom(long? room, long? bytes) => bytes > room
        ? $"its silo has room for {Text(room.Value)} bytes (option silo-bytes-max), and the shard has {Text(bytes.Value)}"
        : null;

    // A longer key may be there from before the limit: it stays readable, and can be deleted.
    private ShardRefusal? RefusalOf(KeyRequest request) =>
        (request.Command.Verb is KeyVerb.Write or KeyVerb.CompareAndSet
            ? OfKey(request.Command.Key)
            : OfMessage("the key", request.Command.Key.Span.Length))
        ?? OfValue(request.Command.Value)
        ?? OfValue(request.Command.Expected)
        ?? (request.Session.Kind == SessionKind.Client ? OfSessionName(Encoding.UTF8.GetByteCount(request.Session.Client)) : null);

    private ShardRefusal? OfKey(JsonText key) => TooLarge(LimitName.Key, "the key", key.Span.Length, KeyBytesMax, "key-bytes-max");

    private ShardRefusal? OfValue(JsonText value) =>
        TooLarge(LimitName.Value, "the value", value.Span.Length, ValueBytesMax, "value-bytes-max");

    private ShardRefusal? OfSessionName(int bytes) =>
        TooLarge(LimitName.SessionName, "the session's name", bytes, SessionNameBytesMax, "session-name-bytes-max");

    private static ShardRefusal? TooLarge(LimitName limit, string what, long bytes, long max, string option) => bytes <= max
        ? null
        : Refusal(
            ShardRefusalKind.Malformed, limit, $"{what} has {Text(bytes)} bytes; expected at most {Text(max)} (option {option})");

    private static ShardRefusal Full(LimitName limit, string what, long max, string option) => Refusal(
        ShardRefusalKind.NotReady, limit, $"{what}; expected at most {Text(max)} in all (option {option}): "
        + "delete keys, or raise the limit");

    private static ShardRefusal Refusal(ShardRefusalKind kind, LimitName limit, string text) =>
        new(kind, text, null, Epoch.None) { Limit = limit };

    private static string Text(long bytes) => bytes.ToString("N0", CultureInfo.InvariantCulture);
}

/// <summary>The limit that a request exceeds. On the wire: values are append-only.</summary>
[GenerateSerializer, Alias("OrleansShards.LimitName")]
public enum LimitName
{
    /// <summary><see cref="DataLimits.KeyBytesMax"/>.</summary>
    Key = 1,

    /// <summary><see cref="DataLimits.ValueBytesMax"/>.</summary>
    Value = 2,

    /// <summary><see cref="DataLimits.SessionNameBytesMax"/>.</summary>
    SessionName = 3,

    /// <summary><see cref="DataLimits.MessageBytesMax"/>.</summary>
    Message = 4,

    /// <summary><see cref="DataLimits.ShardBytesMax"/>.</summary>
    Shard = 5,

    /// <summary><see cref="DataLimits.SiloBytesMax"/>.</summary>
    Silo = 6,
}
