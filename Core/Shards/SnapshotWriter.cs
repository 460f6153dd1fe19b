using System.Buffers;
using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>
/// Writes a shard's content as the JSON that a hand-over carries: <c>{"data":{…},"entries":[…],"sessions":{…}}</c>, the
/// last two only if there are any. <c>data</c> has the keys that are strings, <c>entries</c> the others as pairs. Equal
/// content gives byte-identical text.
/// </summary>
internal static class SnapshotWriter
{
    internal static JsonText Write(IEnumerable<KeyItem> items, IEnumerable<SessionEntry> sessions)
    {
        ILookup<bool, KeyItem> byString = items
            .OrderBy(static item => item.Order)
            .ToLookup(static item => item.Key.Kind == JsonKind.String);
        ArrayBufferWriter<byte> text = new(256);
        JsonOut json = new(text);
        json.BeginObject();
        WriteData(ref json, byString[true]);
        if (byString.Contains(false))
            WriteEntries(ref json, byString[false]);

        WriteSessions(ref json, [.. sessions.OrderBy(static session => session.FirstUse)]);
        json.EndObject();
        return JsonText.Trusted(text.WrittenMemory);
    }

    private static void WriteData(ref JsonOut json, IEnumerable<KeyItem> items)
    {
        json.Name("data"u8);
        json.BeginObject();
        foreach (KeyItem item in items)
        {
            json.RawName(item.Key.Span);
            json.WriteRaw(item.Value);
        }

        json.EndObject();
    }

    private static void WriteEntries(ref JsonOut json, IEnumerable<KeyItem> items)
    {
        json.Name("entries"u8);
        json.BeginArray();
        foreach (KeyItem item in items)
        {
            json.BeginArray();
            json.WriteRaw(item.Key);
            json.WriteRaw(item.Value);
            json.EndArray();
        }

        json.EndArray();
    }

    private static void WriteSessions(ref JsonOut json, List<SessionEntry> sessions)
    {
        if (sessions.Count == 0)
            return;

        json.Name("sessions"u8);
        json.BeginObject();
        foreach (SessionEntry session in sessions)
        {
            json.Name(session.Name.ToString());
            json.BeginObject();
            json.Name("seq"u8);
            json.WriteNumber(session.Sequence);
            json.Name("reply"u8);
            WriteReply(ref json, session);
            json.EndObject();
        }

        json.EndObject();
    }

    private static void WriteReply(ref JsonOut json, SessionEntry session)
    {
        (string type, int code, string text) = KeyReplies.JsonOf(session.Reply);
        json.BeginObject();
        json.Name("type"u8);
        json.WriteString(type);
        if (code != 0)
        {
            json.Name("code"u8);
            json.WriteNumber(code);
            json.Name("text"u8);
            json.WriteString(text);
        }

        if (session.Value.Kind != JsonKind.None)
        {
            json.Name("value"u8);
            json.WriteRaw(session.Value);
        }

        json.EndObject();
    }
}
