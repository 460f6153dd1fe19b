namespace OrleansShards.Core.Json;

/// <summary>
/// Writes the canonical form of a checked value. An object's members are written as they come, then put in order of
/// their names by moving the written bytes, so that nothing is read twice.
/// </summary>
internal ref struct JsonCanonicalizer
{
    private readonly ReadOnlySpan<byte> _text;
    private int _at;
    private PooledList<JsonMember> _members;

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
            _members.Append(new JsonMember(memberStart, nameLength, output.Count - memberStart));
        }

        Order(_members.Items[firstMember..], start, ref output);
        _members.Truncate(firstMember);
        Close((byte)'}', ref output);
    }

    private static void Order(Span<JsonMember> members, int start, ref PooledList<byte> output)
    {
        var byName = new JsonMemberOrder(output.Array);
        if (InOrder(members, byName))
        {
            return;
        }

        members.Sort(byName);
        var unordered = default(PooledList<byte>);
        unordered.Append(output.Items[start..]);
        output.Truncate(start);
        foreach (JsonMember member in members)
        {
            output.Append(unordered.Items.Slice(member.Start - start, member.Length));
        }

        unordered.Dispose();
    }

    private static bool InOrder(ReadOnlySpan<JsonMember> members, JsonMemberOrder byName)
    {
        for (int next = 1; next < members.Length; next++)
        {
            if (byName.Compare(members[next - 1], members[next]) > 0)
            {
                return false;
            }
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
}
