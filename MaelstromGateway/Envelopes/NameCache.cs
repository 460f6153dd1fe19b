namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>
/// The names seen lately, so that the same few do not become new objects with every line. Each text has one place; a
/// newcomer takes it over, which bounds the cache. For one thread.
/// </summary>
internal sealed class NameCache
{
    // A name is kept only if its text is short: what is kept must not add up to much.
    private const int PlaceCount = 1024;
    private const int TextBytesMax = 256;

    private readonly Place[] _places = new Place[PlaceCount];

    /// <summary>The name that a member's value spells; null if that is not a string.</summary>
    internal PeerName? Find(in JsonMember member)
    {
        ReadOnlySpan<byte> text = member.RawValue.Span;
        if (text[0] != '"' || !member.TryValue(out JsonText json, out _))
            return null;

        if (text.Length > TextBytesMax)
            return PeerName.From(json);

        ref Place place = ref _places[StableHash.Of(text) % PlaceCount];
        if (place.Name is null || !text.SequenceEqual(place.Text))
            place = new Place(text.ToArray(), PeerName.From(json));

        return place.Name;
    }

    private readonly record struct Place(byte[] Text, PeerName Name);
}
