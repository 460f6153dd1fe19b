using System.Text.Json;
using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>
/// Reads what <see cref="SnapshotWriter"/> writes, also after another program has reformatted it. Anything else is refused
/// with the member's name: a member that is ignored might be somebody's data.
/// </summary>
internal static class SnapshotReader
{
    private const string NoData = "snapshot: expected an object with the member data";

    /// <summary>Reads a whole snapshot. On false <paramref name="error"/> names the member and what was expected.</summary>
    internal static bool TryRead(JsonText snapshot, out ShardContent content, out string error)
    {
        content = new ShardContent();
        error = NoData;
        if (snapshot.Kind != JsonKind.Object)
            return false;

        bool hasData = false;
        ReadOnlyMemory<byte> entries = default;
        JsonObjectReader reader = new(snapshot);
        while (reader.ReadName(out JsonMember member))
        {
            bool good;
            if (member.NameIs("data"u8))
            {
                hasData = true;
                error = "snapshot.data: expected an object";
                good = reader.TryEnter() && TryReadData(ref reader, "snapshot.data", content, out error);
            }
            else if (member.NameIs("sessions"u8))
            {
                error = "snapshot.sessions: expected an object";
                good = reader.TryEnter() && TryReadSessions(ref reader, "snapshot.sessions", content, out error);
            }
            else if (member.NameIs("entries"u8))
            {
                good = reader.ReadValue(ref member);
                entries = member.RawValue;
            }
            else
            {
                good = false;
                error = $"snapshot: unknown member {member.Key}; expected data, entries, sessions";
            }

            if (!good)
                return false;
        }

        // Entries are read last, wherever they stand in the text: their keys are checked against all keys of data.
        error = hasData ? "" : NoData;
        return hasData && (entries.IsEmpty || TryReadEntries(entries, content, out error));
    }

    /// <summary>Reads the content of <c>seed_shard</c>: an object of keys, and one of sessions or default.</summary>
    internal static bool TryReadSeed(JsonText data, JsonText sessions, out ShardContent content, out string error)
    {
        content = new ShardContent();
        error = data.Kind != JsonKind.Object ? "data: expected an object"
            : sessions.Kind is not (JsonKind.None or JsonKind.Object) ? "sessions: expected an object"
            : "";
        if (error.Length > 0)
            return false;

        JsonObjectReader items = new(data);
        if (!TryReadData(ref items, "data", content, out error) || sessions.Kind == JsonKind.None)
            return error.Length == 0;

        JsonObjectReader clients = new(sessions);
        return TryReadSessions(ref clients, "sessions", content, out error);
    }

    private static bool TryReadData(ref JsonObjectReader reader, string name, ShardContent content, out string error)
    {
        error = "";
        while (reader.Read(out JsonMember member))
        {
            if (!member.TryValue(out JsonText value, out error))
            {
                error = $"{name}, key {member.Key}: {error}";
                return false;
            }

            content.Items.Add((JsonText.Trusted(member.RawName), value));
        }

        return true;
    }

    private static bool TryReadEntries(ReadOnlyMemory<byte> json, ShardContent content, out string error)
    {
        error = "snapshot.entries: expected an array of pairs [key, value], no key twice nor in data";
        HashSet<KeyText> keys = [];
        foreach ((JsonText key, _) in content.Items)
            keys.Add(KeyText.From(key));

        JsonTokens tokens = JsonTokens.OfChecked(json.Span);
        tokens.Read();
        if (tokens.Type != JsonTokenType.StartArray)
            return false;

        while (tokens.Read() && tokens.Type != JsonTokenType.EndArray)
        {
            if (!TryReadPair(ref tokens, json, out JsonText key, out JsonText value) || !keys.Add(KeyText.From(key)))
                return false;

            content.Items.Add((key, value));
        }

        return true;
    }

    private static bool TryReadPair(ref JsonTokens tokens, ReadOnlyMemory<byte> json, out JsonText key, out JsonText value)
    {
        key = default;
        value = default;
        return tokens.Type == JsonTokenType.StartArray
            && TryReadElement(ref tokens, json, out key)
            && TryReadElement(ref tokens, json, out value)
            && tokens.Read() && tokens.Type == JsonTokenType.EndArray;
    }

    private static bool TryReadElement(ref JsonTokens tokens, ReadOnlyMemory<byte> json, out JsonText element)
    {
        element = default;
        if (!tokens.Read() || tokens.Type == JsonTokenType.EndArray || !tokens.TryPassValue(out Range place, out int depth))
            return false;

        element = JsonText.Trusted(json[place]);
        return depth <= JsonLimits.DepthMax;
    }

    // A session is {"c1":{"seq":5,"reply":{"type":"write_ok"}}}.
    private static bool TryReadSessions(ref JsonObjectReader reader, string name, ShardContent content, out string error)
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

    // The forms that are written: {"type":"read_ok","value":…}, {"type":"error","code":22,"text":…} and the like. An error's
    // text is not kept: the code implies it.
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

        reply = good ? KeyReplies.Parse(type, code) : null;
        return reply is { } recorded && HasItsValue(recorded, value);
    }

    private static bool HasItsValue(RecordedReply reply, JsonText value) => reply switch
    {
        RecordedReply.ReadOk => value.Kind != JsonKind.None,
        RecordedReply.Differs => true,
        RecordedReply.WriteOk or RecordedReply.CasOk or RecordedReply.DeleteOk or RecordedReply.Absent => value.Kind == JsonKind.None,
    };
}
