using OrleansShards.Core.Bytes;
using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>A <see cref="KeyRequest"/> as an entry of the log. Its texts are slices of the entry; absent members are default.</summary>
internal readonly record struct KeyEntry(
    KeyVerb Verb, bool CreateIfAbsent, SessionKind SessionKind, SessionName Session, long Sequence,
    JsonText Key, JsonText Value, JsonText Expected, Epoch MeantFor, long SessionBytesMax)
{
    // The flags byte: the session's kind in the two lowest bits, then whether cas creates, then whether a bound of the sessions follows.
    private const byte SessionMask = 3;
    private const byte CreateFlag = 4;
    private const byte BoundFlag = 8;
    private const byte FlagsMax = SessionMask | CreateFlag | BoundFlag;

    /// <summary>Writes <c>kind verb flags [client sequence] key value expected epoch [bound]</c>; absent parts are empty.</summary>
    internal static void Write(ByteWriter writer, KeyRequest request, long sessionBytesMax = 0)
    {
        KeyCommand command = request.Command;
        writer.Byte((byte)ShardEntryKind.Key);
        writer.Byte((byte)command.Verb);
        int bound = sessionBytesMax > 0 ? BoundFlag : 0;
        writer.Byte((byte)((byte)request.Session.Kind | (command.CreateIfAbsent ? CreateFlag : 0) | bound));
        if (request.Session.Kind != SessionKind.None)
        {
            writer.Text(request.Session.Client);
            writer.VarInt(request.Session.Sequence);
        }

        writer.Bytes(command.Key.Span);
        writer.Bytes(command.Value.Span);
        writer.Bytes(command.Expected.Span);
        writer.VarUInt((request.MeantFor ?? Epoch.None).Value);
        if (sessionBytesMax > 0)
            writer.VarUInt((ulong)sessionBytesMax);
    }

    internal static bool IsKey(ReadOnlySpan<byte> entry) => !entry.IsEmpty && (ShardEntryKind)entry[0] == ShardEntryKind.Key;

    internal static KeyEntry Read(ReadOnlyMemory<byte> entry)
    {
        ByteReader reader = new(entry.Span);
        reader.Byte();
        var verb = (KeyVerb)reader.Byte();
        byte flags = reader.Byte();
        var session = (SessionKind)(flags & SessionMask);
        if (verb is < KeyVerb.Read or > KeyVerb.Delete || session > SessionKind.Router || flags > FlagsMax)
            throw new CorruptDataException($"an operation {verb} with flags 0x{flags:x2}, which this program does not know");

        bool hasSession = session != SessionKind.None;
        SessionName name = hasSession ? new(reader.Slice(entry)) : default;
        long sequence = hasSession ? reader.VarInt() : 0;
        KeyEntry read = new(
            verb, (flags & CreateFlag) != 0, session, name, sequence,
            Key: JsonText.Trusted(reader.Slice(entry)),
            Value: JsonText.Trusted(reader.Slice(entry)),
            Expected: JsonText.Trusted(reader.Slice(entry)),
            MeantFor: new Epoch(reader.VarUInt()),
            SessionBytesMax: (flags & BoundFlag) != 0 ? (long)reader.VarUInt() : 0);
        reader.End();
        return read;
    }
}
