using System.Collections.Immutable;
using System.Text.Json;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>Reads an array of names; once in a process's life, so that a reader of arrays of our own does not
/// pay.</summary>
internal static class NameList
{
    /// <summary>True if <paramref name="array"/> holds different strings only, at least one and none empty.</summary>
    internal static bool TryRead(JsonText array, ImmutableArray<string>.Builder names)
    {
        var reader = new Utf8JsonReader(array.Span, new JsonReaderOptions { MaxDepth = JsonLimits.DepthMax + 1 });
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String || !TryAdd(array, reader, names))
                return false;
        }

        return names.Count > 0;
    }

    private static bool TryAdd(JsonText array, in Utf8JsonReader reader, ImmutableArray<string>.Builder names)
    {
        var text = array.Utf8[(int)reader.TokenStartIndex..(int)reader.BytesConsumed];
        return JsonText.TryWrap(text, out JsonText element, out _)
            && element.TryReadString(out string name)
            && name.Length > 0
            && AddNew(name, names);
    }

    private static bool AddNew(string name, ImmutableArray<string>.Builder names)
    {
        bool isNew = !names.Contains(name);
        if (isNew)
            names.Add(name);

        return isNew;
    }
}
