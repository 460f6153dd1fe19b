namespace OrleansShards.Core.Json;

/// <summary>A member in a buffer: where its canonical name starts, the name's length and the whole member's.</summary>
internal readonly record struct JsonMember(int Start, int NameLength, int Length);

/// <summary>
/// Members by their names' bytes. The quotes are left out: "a" comes before "a!" although '!' is less than a quote.
/// </summary>
internal readonly struct JsonMemberOrder(byte[] buffer) : IComparer<JsonMember>
{
    public int Compare(JsonMember x, JsonMember y) => Name(x).SequenceCompareTo(Name(y));

    private ReadOnlySpan<byte> Name(JsonMember member) => buffer.AsSpan(member.Start + 1, member.NameLength - 2);
}
