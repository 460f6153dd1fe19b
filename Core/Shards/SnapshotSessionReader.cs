using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>Reads a snapshot's <c>sessions</c>: <c>{"c1":{"seq":5,"reply":{"type":"write_ok"}}}</c>.</summary>
internal static class SnapshotSessionReader
{
    /// <summary>Reads the object that <paramref name="reader"/> is in.</summary>
    internal static bool TryRead(ref JsonObjectReader reader, string name, ShardContent content, out string error)
    {
        error = "";
        while (reader.ReadName(out JsonMember member))
        {
            _ = JsonText.Trusted(member.RawName).TryReadString(out string client);
            if (!reader.TryEnter())
            {
                error = $"{name}.{client}: expected an object with seq and reply";
                return false;
            }

            if (!TryReadSession(ref reader, SessionName.Of(client), content))
            {
                error = $"{name}.{client}: expected seq, an integer, and reply, a recorded reply, and nothing else";
                return false;
            }
        }

        return true;
    }

    private static bool TryReadSession(ref JsonObjectReader session, SessionName client, ShardContent content)
    {
        long sequence = 0;
        bool hasSequence = false;
        RecordedReply? reply = null;
        JsonText value = default;
        while (session.ReadName(out JsonMember member))
        {
            bool good = member.NameIs("seq"u8)
                ? session.ReadValue(ref member) && (hasSequence = JsonText.Trusted(member.RawValue).TryReadInt64(out sequence))
                : member.NameIs("reply"u8) && session.TryEnter() && TryReadReply(ref session, out reply, out value);
            if (!good)
                return false;
        }

        if (!hasSequence || reply is not { } recorded)
            return false;

        content.Sessions.Add((client, sequence, recorded, value));
        return true;
    }

    // Exactly what is written: {"type":"read_ok","value":…}, {"type":"error","code":22,"text":…} and their kind. An
    // error's text is not kept; it is made anew from the code.
    private static bool TryReadReply(ref JsonObjectReader members, out RecordedReply? reply, out JsonText value)
    {
        reply = null;
        value = default;
        string type = "";
        long code = 0;
        bool good = true;
        while (good && members.Read(out JsonMember member))
        {
            good = member.NameIs("type"u8) ? JsonText.Trusted(member.RawValue).TryReadString(out type)
                : member.NameIs("code"u8) ? JsonText.Trusted(member.RawValue).TryReadInt64(out code)
                : member.NameIs("value"u8) ? member.TryValue(out value, out _)
                : member.NameIs("text"u8);
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
