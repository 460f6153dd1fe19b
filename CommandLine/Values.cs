using System.Globalization;
using System.Net;

namespace OrleansShards.CommandLine;

/// <summary>Parses the texts of options. Each parser throws a <see cref="FormatException"/> whose message says what was expected.</summary>
public static class Values
{
    /// <summary>An integer within limits; <paramref name="unit"/> is for the error text.</summary>
    public static Func<string, int> Number(int min, int max, string unit = "") => text =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= min && number <= max
            ? number
            : throw Expected($"an integer from {min} to {max} {unit}".TrimEnd());

    /// <summary>An integer with a lower limit only; <paramref name="unit"/> is for the error text.</summary>
    public static Func<string, long> Number(long min, string unit = "") => text =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= min
            ? number
            : throw Expected($"an integer, {min} or more {unit}".TrimEnd());

    /// <summary>A time in whole milliseconds.</summary>
    public static Func<string, TimeSpan> Milliseconds(int min, int max)
    {
        Func<string, int> number = Number(min, max, "ms");
        return text => TimeSpan.FromMilliseconds(number(text));
    }

    /// <summary>One of several words, returned as it is listed; case does not matter.</summary>
    public static Func<string, string> OneOf(params string[] words) => text =>
        Array.Find(words, word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase))
            ?? throw Expected($"{string.Join(", ", words[..^1])} or {words[^1]}");

    /// <summary>A text that is not only white space.</summary>
    public static Func<string, string> Text(string expected) => text =>
        string.IsNullOrWhiteSpace(text) ? throw Expected(expected) : text;

    /// <summary>A name of 1 to 64 characters.</summary>
    public static string Name(string text) =>
        IsName(text) ? text : throw Expected("1 to 64 letters, digits, dots, dashes or underscores");

    /// <summary>Names as in <see cref="Name"/>, separated by commas, all different.</summary>
    public static IReadOnlyList<string> Names(string text)
    {
        string[] names = text.Split(',', StringSplitOptions.TrimEntries);
        return names.All(IsName) && names.Distinct(StringComparer.Ordinal).Count() == names.Length
            ? names
            : throw Expected("names of letters, digits, dots, dashes or underscores, separated by commas, none twice");
    }

    /// <summary>An IP address.</summary>
    public static IPAddress Address(string text) =>
        IPAddress.TryParse(text, out IPAddress? address) ? address : throw Expected("an IP address");

    /// <summary>
    /// Names or addresses of hosts without a port, separated by commas; <c>*.</c> before a name stands for all below it, <c>*</c> alone for
    /// any. IPv6 addresses are returned in brackets.
    /// </summary>
    public static IReadOnlyList<string> Hosts(string text) => [.. text.Split(',', StringSplitOptions.TrimEntries).Select(Host)];

    /// <summary>An absolute HTTP or HTTPS address.</summary>
    public static Uri Url(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"
            ? url
            : throw Expected("http://HOST:PORT or https://HOST:PORT");

    /// <summary>The path of a file that exists.</summary>
    public static string ExistingFile(string text) => File.Exists(text) ? text : throw Expected("a file that is there");

    /// <summary>The full path of a directory that exists or can be created.</summary>
    public static string Directory(string text) =>
        text.Length > 0 && !File.Exists(text)
            ? Path.GetFullPath(text)
            : throw Expected("a directory, or a path where one can be made");

    /// <summary>The exception of a parser that expected <paramref name="what"/>.</summary>
    public static FormatException Expected(string what) => new("expected " + what);

    private static string Host(string text)
    {
        string name = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text;
        bool isAny = IPAddress.TryParse(name, out IPAddress? address)
            && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
        return Uri.CheckHostName(name) switch
        {
            _ when isAny => throw Expected("* for any host, or the name by which it is asked for"),
            UriHostNameType.IPv6 when name == text => $"[{name.Trim('[', ']')}]",
            UriHostNameType.IPv4 when name == text => name,
            UriHostNameType.Dns => text,
            _ when text == "*" => text,
            _ => throw Expected("names or addresses of hosts without a port, separated by commas, or *"),
        };
    }

    private static bool IsName(string text) => text.Length is >= 1 and <= 64
        && text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
}
