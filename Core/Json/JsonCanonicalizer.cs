namespace OrleansShards.Core.Json;

/// <summary>
/// Writes the canonical form of a checked value. An object's members are written as they come, then put in order of
/// their names by moving the written bytes, so that nothing is read twice.
/// </summary>
internal ref struct JsonCanonicalizer
{
    private readonly ReadOnlySpan<byte> _text;
    private int _at;
    private PooledList<Member> _members;

    private JsonCanonicalizer(ReadOnlySpan<byte> text) => _text = text;

    internal static void Write(ReadOnlySpan<byte> json, ref PooledList<byte> output)
    {
        var canonicalizer = new JsonCanonicalizer(json);
        canonicalizer.Value(ref output);
        canonicalizer._members.Dispose();
    }

    private void Value(ref PooledList<byte> output)
    {
        SkipSpace();
        switch (_text[_at])
        {
            case (byte)'{':
                Object(ref output);
                break;
            case (byte)'[':
                Array(ref output);
                break;
            default:
                Scalar(ref output);
                break;
        }

        SkipSpace();
    }

    private void Scalar(ref PooledList<byte> output)
    {
        int start = _at;
        _at = JsonSkip.Value(_text, _at);
        ReadOnlySpan<byte> scalar = _text[start.._at];
        if (scalar[0] == '"')
        {
            JsonStrings.WriteCanonical(scalar, ref output);
        }
        else if (scalar[0] is (byte)'t' or (byte)'f' or (byte)'n')
        {
            output.Append(scalar);
        }
        else
        {
            JsonNumbers.WriteCanonical(scalar, ref output);
        }
    }

    private void Array(ref PooledList<byte> output)
    {
        output.Append((byte)'[');
        for (bool more = Enter((byte)']'); more; more = _text[_at++] == ',')
        {
            Value(ref output);
            output.Append((byte)',');
        }

        Close((byte)']', ref output);
    }

    private void Object(ref PooledList<byte> output)
    {
        output.Append((byte)'{');
        int start = output.Count;
        int firstMember = _members.Count;
        for (bool more = Enter((byte)'}'); more; more = _text[_at++] == ',')
        {
            int memberStart = output.Count;
            Value(ref output);
            int nameLength = output.Count - memberStart;
            _at++;
            output.Append((byte)':');
            Value(ref output);
            output.Append((byte)',');
            _members.Append(new Member(memberStart, nameLength, output.Count - memberStart));
        }

        Order(_members.Items[firstMember..], start, ref output);
        _members.Truncate(firstMember);
        Close((byte)'}', ref output);
    }

    private static void Order(Span<Member> members, int start, ref PooledList<byte> output)
    {
        members.Sort(new ByName(output.Array));
        if (InPlace(members, start))
        {
            return;
        }

        var unordered = default(PooledList<byte>);
        unordered.Append(output.Items[start..]);
        output.Truncate(start);
        foreach (Member member in members)
        {
            output.Append(unordered.Items.Slice(member.Start - start, member.Length));
        }

        unordered.Dispose();
    }

    private static bool InPlace(ReadOnlySpan<Member> members, int next)
    {
        foreach (Member member in members)
        {
            if (member.Start != next)
            {
                return false;
            }

            next += member.Length;
        }

        return true;
    }

    private bool Enter(byte close)
    {
        _at++;
        SkipSpace();
        bool any = _text[_at] != close;
        _at += any ? 0 : 1;
        return any;
    }

    // The last member's comma becomes the bracket.
    private static void Close(byte bracket, ref PooledList<byte> output)
    {
        if (output.Items[^1] == ',')
        {
            output.Truncate(output.Count - 1);
        }

        output.Append(bracket);
    }

    private void SkipSpace() => _at = JsonTokens.SkipSpace(_text, _at);

    private readonly record struct Member(int Start, int NameLength, int Length);

    private readonly struct ByName(byte[] bytes) : IComparer<Member>
    {
        // Without the quotes: "a" comes before "a!" although '!' is less than the closing quote.
        private ReadOnlySpan<byte> Name(Member member) => bytes.AsSpan(member.Start + 1, member.NameLength - 2);

        public int Compare(Member x, Member y) => Name(x).SequenceCompareTo(Name(y));
    }
}
