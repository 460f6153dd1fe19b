using System.Globalization;
using System.Net;

namespace OrleansShards.Silo.Cli;

/// <summary>
/// Reads single values. What is wrong is noted with what was expected, and the default is answered: reading goes on, so
/// that all that is wrong is found.
/// </summary>
internal sealed class ValueReader(GivenOptions given)
{
    /// <summary>What is wrong, a sentence each.</summary>
    internal List<string> Errors => given.Errors;

    /// <summary>Whether anybody has given it a value.</summary>
    internal bool Has(string name) => given.Find(name) is not null;

    /// <summary>A text that is not empty; null where none was given.</summary>
    internal string? Text(string name) => Read<string?>(name, null, "something", static (string text, out string? value) =>
    {
        value = text;
        return text.Length > 0;
    });

    /// <summary>A whole number.</summary>
    internal int Number(string name, int otherwise, int min, int max) => Read(
        name, otherwise, $"an integer from {min} to {max}", (string text, out int value) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= min && value <= max);

    /// <summary>A port.</summary>
    internal int Port(string name, int otherwise) => Number(name, otherwise, 1, IPEndPoint.MaxPort);

    /// <summary>An IP address.</summary>
    internal IPAddress? Address(string name, IPAddress? otherwise) =>
        Read(name, otherwise, "an IP address", static (string text, out IPAddress? value) => IPAddress.TryParse(text, out value));

    /// <summary>One of several words.</summary>
    internal T Word<T>(string name, T otherwise, params (string Word, T Value)[] words) => Read(
        name, otherwise, string.Join(" or ", words.Select(static word => word.Word)), (string text, out T value) =>
        {
            int found = Array.FindIndex(words, word => string.Equals(word.Word, text, StringComparison.OrdinalIgnoreCase));
            value = found < 0 ? otherwise : words[found].Value;
            return found >= 0;
        });

    /// <summary>Names, separated by commas.</summary>
    internal IReadOnlyList<string> Names(string name, params string[] otherwise) => Read<IReadOnlyList<string>>(
        name, otherwise, "names of letters, digits, dots, dashes or underscores, separated by commas, none twice",
        static (string text, out IReadOnlyList<string> value) =>
        {
            value = text.Split(',', StringSplitOptions.TrimEntries);
            return value.All(IsName) && value.Distinct(StringComparer.Ordinal).Count() == value.Count;
        });

    /// <summary>One name.</summary>
    internal string Name(string name, string otherwise) => Read(
        name, otherwise, "1 to 64 letters, digits, dots, dashes or underscores", static (string text, out string value) =>
        {
            value = text;
            return IsName(text);
        });

    /// <summary>An absolute address of the web.</summary>
    internal Uri? Url(string name) => Read<Uri?>(
        name, null, "http://HOST:PORT or https://HOST:PORT", static (string text, out Uri? value) =>
            Uri.TryCreate(text, UriKind.Absolute, out value) && value.Scheme is "http" or "https");

    /// <summary>A file that is there.</summary>
    internal string? File(string name) => Read<string?>(
        name, null, "a file that is there", static (string text, out string? value) =>
        {
            value = text;
            return System.IO.File.Exists(text);
        });

    private static bool IsName(string text) => text.Length is >= 1 and <= 64
        && text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');

    private T Read<T>(string name, T otherwise, string expected, Parser<T> parse)
    {
        if (given.Find(name) is not { } found)
        {
            return otherwise;
        }

        if (parse(found.Value, out T value))
        {
            return value;
        }

        Errors.Add($"{found.Place} is \"{found.Value}\"; expected {expected}");
        return otherwise;
    }

    private delegate bool Parser<T>(string text, out T value);
}
