using System.Text.Json;

namespace OrleansShards.Core.Json;

/// <summary>
/// Writes the canonical form of a checked value. An object's members are written as they come, then put in order of
/// their names by moving the written bytes, so that nothing is read twice.
/// </summary>
internal ref struct JsonCanonicalizer
{
    private readonly ReadOnlySpan<byte> _text;
    private JsonTokens _tokens;
    private PooledList<CanonicalMember> _members;

    private JsonCanonicalizer(ReadOnlySpan<byte> text)
    {
        _text = text;
        _tokens = JsonTokens.OfChecked(text);
    }

    internal static void Write(ReadOnlySpan<byte> json, ref PooledList<byte> output)
    {
        var canonicalizer = new JsonCanonicalizer(json);
        canonicalizer._tokens.Read();
        canonicalizer.Token(ref output);
        canonicalizer._members.Dispose();
    }

    private void Token(ref PooledList<byte> output)
    {
        ReadOnlySpan<byte> token = _text[_tokens.Place];
        switch (_tokens.Type)
        {
            case JsonTokenType.StartObject:
                Object(ref output);
                break;
            case JsonTokenType.StartArray:
                Array(ref output);
                break;
            case JsonTokenType.PropertyName or JsonTokenType.String:
                JsonStrings.WriteCanonical(token, ref output);
                break;
            case JsonTokenType.Number:
                JsonNumbers.WriteCanonical(token, ref output);
                break;
            default:
                output.Append(token);
                break;
        }
    }

    private void Array(ref PooledList<byte> output)
    {
        output.Append((byte)'[');
        while (_tokens.Read() && _tokens.Type != JsonTokenType.EndArray)
        {
            Token(ref output);
            output.Append((byte)',');
        }

        Close((byte)']', ref output);
    }

    private void Object(ref PooledList<byte> output)
    {
        output.Append((byte)'{');
        int start = output.Count;
        int firstMember = _members.Count;
        while (_tokens.Read() && _tokens.Type != JsonTokenType.EndObject)
        {
            int memberStart = output.Count;
            Token(ref output);
            int nameLength = output.Count - memberStart;
            output.Append((byte)':');
            _tokens.Read();
            Token(ref output);
            output.Append((byte)',');
            _members.Append(new CanonicalMember(memberStart, nameLength, output.Count - memberStart));
        }

        Order(_members.Items[firstMember..], start, ref output);
        _members.Truncate(firstMember);
        Close((byte)'}', ref output);
    }

    private static void Order(Span<CanonicalMember> members, int start, ref PooledList<byte> output)
    {
        var byName = new CanonicalMemberOrder(output.Array);
        if (InOrder(members, byName))
            return;

        members.Sort(byName);
        var unordered = default(PooledList<byte>);
        unordered.Append(output.Items[start..]);
        output.Truncate(start);
        foreach (CanonicalMember member in members)
            output.Append(unordered.Items.Slice(member.Start - start, member.Length));

        unordered.Dispose();
    }

    private static bool InOrder(ReadOnlySpan<CanonicalMember> members, CanonicalMemberOrder byName)
    {
        for (int next = 1; next < members.Length; next++)
        {
            if (byName.Compare(members[next - 1], members[next]) > 0)
                return false;
        }

        return true;
    }

    // The last member's comma becomes the bracket.
    private static void Close(byte bracket, ref PooledList<byte> output)
    {
        if (output.Items[^1] == ',')
            output.Truncate(output.Count - 1);

        output.Append(bracket);
    }
}

/// <summary>A member in a buffer: where its canonical name starts, the name's length and the whole member's.</summary>
internal readonly record struct CanonicalMember(int Start, int NameLength, int Length);

/// <summary>Members by their names' bytes. The quotes are left out: "a" comes before "a!" although '!' is less than a quote.</summary>
internal readonly struct CanonicalMemberOrder(byte[] buffer) : IComparer<CanonicalMember>
{
    public int Compare(CanonicalMember x, CanonicalMember y) => Name(x).SequenceCompareTo(Name(y));

    private ReadOnlySpan<byte> Name(CanonicalMember member) => buffer.AsSpan(member.Start + 1, member.NameLength - 2);
}
