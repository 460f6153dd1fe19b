using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>What a scenario writes between angle brackets, in what is sent and in what is expected.</summary>
internal static partial class LinePattern
{
    private const string AnyString = """
        "(?:[^"\\]|\\.)*"
        """;

    /// <summary>The bytes that a <c>&gt;</c> line stands for, line feed included.</summary>
    internal static byte[] Bytes(string text)
    {
        bool isLast = text.EndsWith("<no line feed>", StringComparison.Ordinal);
        string line = Expand(text.Replace("<no line feed>", "", StringComparison.Ordinal))
            .Replace("<carriage return>", "\r", StringComparison.Ordinal);
        var bytes = new List<byte>(line.Length + 1);
        int from = 0;
        foreach (Match match in SingleByte().Matches(line))
        {
            bytes.AddRange(Encoding.UTF8.GetBytes(line[from..match.Index]));
            bytes.Add(byte.Parse(match.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            from = match.Index + match.Length;
        }

        bytes.AddRange(Encoding.UTF8.GetBytes(line[from..]));
        return isLast ? [.. bytes] : [.. bytes, (byte)'\n'];
    }

    /// <summary>Whether <paramref name="line"/> is what a <c>&lt;</c> line stands for.</summary>
    internal static bool IsMatch(string pattern, string line)
    {
        string expanded = Expand(pattern);
        if (!Wildcard().IsMatch(expanded))
            return expanded == line;

        var regex = new StringBuilder("^");
        int from = 0;
        foreach (Match match in Wildcard().Matches(expanded))
        {
            regex.Append(Regex.Escape(expanded[from..match.Index])).Append(Meaning(match));
            from = match.Index + match.Length;
        }

        regex.Append(Regex.Escape(expanded[from..])).Append('$');
        return Regex.IsMatch(line, regex.ToString(), RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    private static string Meaning(Match wildcard) => wildcard.Groups["kind"].Value switch
    {
        "" => $"(?:{wildcard.Groups["one"].Value}|{wildcard.Groups["other"].Value})",
        "number" => "-?[0-9]+",
        "any" => ".+",
        _ when !wildcard.Groups["part"].Success => AnyString,
        _ => $$"""
            "(?:[^"\\]|\\.)*?{{Regex.Escape(wildcard.Groups["part"].Value)}}(?:[^"\\]|\\.)*"
            """,
    };

    private static string Expand(string text) => Repetition().Replace(text, static match => string.Concat(
        Enumerable.Repeat(match.Groups[1].Value, int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture))));

    [GeneratedRegex("<repeat ([^ ]+) ([0-9]+)>")]
    private static partial Regex Repetition();

    [GeneratedRegex("<byte ([0-9A-F]{2})>")]
    private static partial Regex SingleByte();

    [GeneratedRegex("<(?:(?<kind>number|string|any)(?: with (?<part>[^>]+))?|(?<one>[0-9]+) or (?<other>[0-9]+))>")]
    private static partial Regex Wildcard();
}
