namespace OrleansShards.Core.Json;

/// <summary>The one escaped spelling that we write for a character that has to be escaped.</summary>
internal static class JsonEscape
{
    /// <summary>Longest escape in bytes: <c>\u001f</c>.</summary>
    internal const int BytesMax = 6;

    internal static void Write(char unit, ref PooledList<byte> output)
    {
        Span<byte> escape = stackalloc byte[BytesMax];
        output.Append(escape[..Write(unit, escape)]);
    }

    /// <summary>Writes the escape of <paramref name="unit"/> and answers its length in bytes.</summary>
    internal static int Write(char unit, Span<byte> output)
    {
        output[0] = (byte)'\\';
        output[1] = unit switch
        {
            '\b' => (byte)'b',
            '\f' => (byte)'f',
            '\n' => (byte)'n',
            '\r' => (byte)'r',
            '\t' => (byte)'t',
            '"' or '\\' => (byte)unit,
            _ => (byte)'u',
        };
        if (output[1] != 'u')
            return 2;

        for (int digit = 0; digit < 4; digit++)
            output[2 + digit] = "0123456789abcdef"u8[(unit >> (12 - (4 * digit))) & 0xF];

        return BytesMax;
    }
}
