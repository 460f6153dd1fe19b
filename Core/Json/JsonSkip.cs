namespace OrleansShards.Core.Json;

/// <summary>Finds where values end in text that has been checked already, so without checking anything again.</summary>
internal static class JsonSkip
{
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
                return Scalar(text, at);
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

    // In checked text a comma, a closing bracket or white space ends a number or a literal.
    private static int Scalar(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is not ((byte)',' or (byte)']' or (byte)'}' or <= (byte)' '))
        {
            at++;
        }

        return at;
    }

    private static int String(ReadOnlySpan<byte> text, int at)
    {
        at = JsonTokens.StringStop(text, at + 1);
        while (text[at] != '"')
        {
            at = JsonTokens.StringStop(text, at + 2);
        }

        return at + 1;
    }

    private static int Container(ReadOnlySpan<byte> text, int at, out int deepest)
    {
        int depth = 0;
        deepest = 0;
        do
        {
            switch (text[at])
            {
                case (byte)'"':
                    at = String(text, at);
                    continue;
                case (byte)'[':
                case (byte)'{':
                    deepest = Math.Max(deepest, ++depth);
                    break;
                case (byte)']':
                case (byte)'}':
                    depth--;
                    break;
            }

            at++;
        }
        while (depth > 0);

        return at;
    }
}
