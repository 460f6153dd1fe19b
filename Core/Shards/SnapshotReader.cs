using System.Text.Json;
using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>
/// Reads what <see cref="SnapshotWriter"/> writes, also after another program has re-formatted it. Anything else is
/// refused with the member's name: what would be dropped in silence might be somebody's data.
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
                good = reader.TryEnter() && SnapshotSessionReader.TryRead(ref reader, "snapshot.sessions", content, out error);
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

        // Last, wherever they stand in the text: their keys are checked against all of data's.
        error = hasData ? "" : NoData;
        return hasData && (entries.IsEmpty || TryReadEntries(entries, content, out error));
    }

    /// <summary>Reads what <c>seed_shard</c> brings.</summary>
    /// <param name="data">The object of keys and values.</param>
    /// <param name="sessions">The object of sessions; default for none.</param>
    /// <param name="content">What was read.</param>
    /// <param name="error">On false the member and what was expected.</param>
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
        return SnapshotSessionReader.TryRead(ref clients, "sessions", content, out error);
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
}
