using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>Reads a snapshot's <c>sessions</c>: <c>{"c1":{"seq":5,"reply":{"type":"write_ok"}}}</c>.</summary>
internal static class SnapshotSessionReader
{
    internal static bool TryRead(ReadOnlyMemory<byte> json, string name, ShardContent content, out string error)
    {
        error = $"{name}: expected an object";
        if (JsonText.KindOf(json.Span) != JsonKind.Object)
        {
            return false;
        }

        for (JsonObjectReader reader = new(JsonText.Trusted(json)); reader.Read();)
        {
            _ = JsonText.Trusted(reader.RawName).TryReadString(out string client);
            if (!reader.TryOpenValue(out JsonObjectReader session))
            {
                error = $"{name}.{client}: expected an object with seq and reply";
                return false;
            }

            if (!TryReadSession(session, $"{name}.{client}", SessionName.Of(client), content, out error))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryReadSession(
        JsonObjectReader session, string name, SessionName client, ShardContent content, out string error)
    {
        error = $"{name}: expected seq, an integer, and reply, a recorded reply, and nothing else";
        long sequence = 0;
        bool hasSequence = false;
        RecordedReply? reply = null;
        JsonText value = default;
        while (session.Read())
        {
            bool good = session.NameIs("seq"u8)
                ? hasSequence = JsonText.Trusted(session.RawValue).TryReadInt64(out sequence)
                : session.NameIs("reply"u8) && TryReadReply(session, out reply, out value);
            if (!good)
            {
                return false;
            }
        }

        if (!hasSequence || reply is not { } recorded)
        {
            return false;
        }

        content.Sessions.Add((client, sequence, recorded, value));
        return true;
    }

    // Exactly what is written: {"type":"read_ok","value":…}, {"type":"error","code":22,"text":…} and their kind. An
    // error's text is not kept; it is made anew from the code.
    private static bool TryReadReply(JsonObjectReader session, out RecordedReply? reply, out JsonText value)
    {
        reply = null;
        value = default;
        string type = "";
        long code = 0;
        bool good = session.TryOpenValue(out JsonObjectReader members);
        while (good && members.Read())
        {
            good = members.NameIs("type"u8) ? JsonText.Trusted(members.RawValue).TryReadString(out type)
                : members.NameIs("code"u8) ? JsonText.Trusted(members.RawValue).TryReadInt64(out code)
                : members.NameIs("value"u8) ? members.TryValue(out value, out _)
                : members.NameIs("text"u8);
        }

        reply = good ? SnapshotReplies.Parse(type, code) : null;
        return reply is { } recorded && HasItsValue(recorded, value);
    }

    private static bool HasItsValue(RecordedReply reply, JsonText value) => reply switch
    {
        RecordedReply.ReadOk => value.Kind != JsonKind.None,
        RecordedReply.Differs => true,
        RecordedReply.WriteOk or RecordedReply.CasOk or RecordedReply.DeleteOk or RecordedReply.Absent =>
            value.Kind == JsonKind.None,
    };
}
