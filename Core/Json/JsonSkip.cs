using System.Buffers;

namespace OrleansShards.Core.Json;

/// <summary>Finds where values end in text that has been checked already, so without checking anything again.</summary>
internal static class JsonSkip
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"[]{}"u8);
    private static readonly SearchValues<byte> ScalarEnds = SearchValues.Create(",]} \n\r\t:"u8);

    /// <summary>The index just past the value that starts at <paramref name="at"/>.</summary>
    internal static int Value(ReadOnlySpan<byte> text, int at)
    {
        switch (text[at])
        {
            case (byte)'"':
                return String(text, at);
            case (byte)'[':
            case (byte)'{':
                return Container(text, at, out _);
            default:
                int length = text[at..].IndexOfAny(ScalarEnds);
                return length < 0 ? text.Length : at + length;
        }
    }

    /// <summary>How many levels of arrays and objects the value has that starts at <paramref name="at"/>.</summary>
    internal static int Depth(ReadOnlySpan<byte> text, int at)
    {
        int depth = 0;
        if (text[at] is (byte)'[' or (byte)'{')
        {
            Container(text, at, out depth);
        }

        return depth;
    }

    private static int String(ReadOnlySpan<byte> text, int at)
    {
        at++;
        while (true)
        {
            at += text[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (text[at] == '"')
            {
                return at + 1;
            }

            at += 2;
        }
    }

    private static int Container(ReadOnlySpan<byte> text, int at, out int deepest)
    {
        int depth = 0;
        deepest = 0;
        do
        {
            at += text[at..].IndexOfAny(Structure);
            switch (text[at])
            {
                case (byte)'"':
                    at = String(text, at);
                    break;
                case (byte)'[':
                case (byte)'{':
                    deepest = Math.Max(deepest, ++depth);
                    at++;
                    break;
                default:
                    depth--;
                    at++;
                    break;
            }
        }
        while (depth > 0);

        return at;
    }
}
