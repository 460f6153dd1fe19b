using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>
/// Reads what <see cref="SnapshotWriter"/> writes, also after another program has re-formatted it. Anything else is
/// refused with the member's name: what would be dropped in silence might be somebody's data.
/// </summary>
internal static class SnapshotReader
{
    /// <summary>
    /// Reads a whole snapshot. On false <paramref name="error"/> names the member and what was expected.
    /// </summary>
    internal static bool TryRead(JsonText snapshot, out ShardContent content, out string error)
    {
        content = new ShardContent();
        error = "snapshot: expected an object with the member data";
        if (snapshot.Kind != JsonKind.Object)
        {
            return false;
        }

        bool hasData = false;
        ReadOnlyMemory<byte> entries = default;
        for (JsonObjectReader reader = new(snapshot); reader.Read();)
        {
            bool good = true;
            if (reader.NameIs("data"u8))
            {
                hasData = true;
                good = TryReadData(reader.RawValue, "snapshot.data", content, out error);
            }
            else if (reader.NameIs("sessions"u8))
            {
                good = SnapshotSessionReader.TryRead(reader.RawValue, "snapshot.sessions", content, out error);
            }
            else if (reader.NameIs("entries"u8))
            {
                entries = reader.RawValue;
            }
            else
            {
                good = false;
                error = $"snapshot: unknown member {reader.Key}; expected data, entries, sessions";
            }

            if (!good)
            {
                return false;
            }
        }

        // Last, wherever they stand in the text: their keys are checked against all of data's.
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
        return TryReadData(data.Utf8, "data", content, out error)
            && (sessions.Kind == JsonKind.None
                || SnapshotSessionReader.TryRead(sessions.Utf8, "sessions", content, out error));
    }

    private static bool TryReadData(ReadOnlyMemory<byte> json, string name, ShardContent content, out string error)
    {
        error = $"{name}: expected an object";
        if (JsonText.KindOf(json.Span) != JsonKind.Object)
        {
            return false;
        }

        for (JsonObjectReader reader = new(JsonText.Trusted(json)); reader.Read();)
        {
            if (!reader.TryValue(out JsonText value, out error))
            {
                error = $"{name}, key {reader.Key}: {error}";
                return false;
            }

            content.Items.Add((JsonText.Trusted(reader.RawName), value));
        }

        return true;
    }

    private static bool TryReadEntries(ReadOnlyMemory<byte> json, ShardContent content, out string error)
    {
        error = "snapshot.entries: expected an array of pairs [key, value], no key twice nor in data";
        HashSet<KeyText> keys = [];
        foreach ((JsonText key, _) in content.Items)
        {
            keys.Add(KeyText.From(key));
        }

        if (!JsonArrayReader.TryOpen(json, out JsonArrayReader entries))
        {
            return false;
        }

        while (entries.Read())
        {
            if (!TryReadPair(entries.Element, out JsonText key, out JsonText value) || !keys.Add(KeyText.From(key)))
            {
                return false;
            }

            content.Items.Add((key, value));
        }

        return true;
    }

    private static bool TryReadPair(ReadOnlyMemory<byte> json, out JsonText key, out JsonText value)
    {
        key = default;
        value = default;
        return JsonArrayReader.TryOpen(json, out JsonArrayReader pair)
            && pair.Read() && TryReadShallow(pair.Element, out key)
            && pair.Read() && TryReadShallow(pair.Element, out value)
            && !pair.Read();
    }

    private static bool TryReadShallow(ReadOnlyMemory<byte> json, out JsonText text)
    {
        text = JsonText.Trusted(json);
        return JsonSkip.Depth(json.Span, 0) <= JsonLimits.DepthMax;
    }
}
