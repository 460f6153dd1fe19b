using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OrleansShards.Cli.Http;
using OrleansShards.Cli.Output;

namespace OrleansShards.Cli.Commands;

/// <summary>The options of all commands, and what is made of them.</summary>
internal static class CommandOptions
{
    // Enough on a busy machine, or for a distant cluster; a user who does not want to wait presses Ctrl-C.
    private static readonly TimeSpan CompletionLimit = TimeSpan.FromSeconds(5);

    internal static readonly Option<string> Url = new("--url")
    {
        Description = $"The address of a silo's HTTP. Default: SHARDS_URL, else {SiloApi.DefaultUrl}.",
        HelpName = "URL",
        Recursive = true,
    };

    internal static readonly Option<string> KeyFile = new("--api-key-file")
    {
        Description = "A file with the bearer key, as the last word of its first line that is no comment. Default: the key in "
            + "SHARDS_API_KEY, else none.",
        HelpName = "FILE",
        Recursive = true,
    };

    internal static readonly Option<string> AuthorityFile = new("--ca-file")
    {
        Description = "A file with the certificates (PEM) of who signs the silo's, for an https:// URL. Default: SHARDS_CA_FILE, else whom "
            + "this machine trusts.",
        HelpName = "FILE",
        Recursive = true,
    };

    internal static readonly Option<bool> Json = new("--json")
    {
        Description = "Write the API's JSON as it is (docs/api.md), one line for each answer.",
        Recursive = true,
    };

    internal static SiloApi ApiOf(ParseResult parsed)
    {
        Uri url = UrlOf(parsed);
        return new SiloApi(url, KeyOf(parsed), AuthoritiesOf(parsed, url));
    }

    internal static Screen ScreenOf(ParseResult parsed) => new(parsed.GetValue(Json));

    /// <summary>An integer within limits.</summary>
    internal static Option<int> Number(string name, string description, int standard, int least, int most)
    {
        Option<int> option = new(name) { Description = $"{description} Default: {standard}.", HelpName = "N" };
        option.DefaultValueFactory = _ => standard;
        option.CustomParser = result => (int)ParseNumber(result, name, least, most);
        return option;
    }

    /// <summary>An integer, 0 or more, that need not be given.</summary>
    internal static Option<long?> Number(string name, string description)
    {
        Option<long?> option = new(name) { Description = description, HelpName = "N" };
        option.CustomParser = result => ParseNumber(result, name, 0, long.MaxValue);
        return option;
    }

    internal static Argument<int> Shard()
    {
        Argument<int> argument = new("SHARD") { Description = "The shard's number." };
        argument.CustomParser = static result => (int)ParseNumber(result, "SHARD", 0, int.MaxValue);
        return argument;
    }

    internal static Argument<string> Group(string description)
    {
        Argument<string> argument = new("GROUP") { Description = description };
        argument.CompletionSources.Add(Groups);
        return argument;
    }

    /// <summary>The groups that there are, and those that may join; nothing where no silo answers in time.</summary>
    internal static IEnumerable<CompletionItem> Groups(CompletionContext context) => Ask(
        context,
        static async (api, stop) => await api.GetAsync("groups", ApiShapes.Default.GroupsObject, stop) is var known
            ? [.. known.Groups.Select(static group => group.Gid), .. known.Announced ?? []]
            : []);

    internal static IEnumerable<CompletionItem> Masters(CompletionContext context) => Ask(
        context,
        static async (api, stop) => [.. (await api.GetAsync("cluster", ApiShapes.Default.ClusterObject, stop)).Masters
            .Select(static master => master.Name)]);

    private static long ParseNumber(ArgumentResult result, string name, long least, long most)
    {
        string text = result.Tokens is [var token] ? token.Value : "";
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            && number >= least && number <= most)
        {
            return number;
        }

        string limits = most >= int.MaxValue ? $"an integer, {least} or more" : $"an integer from {least} to {most}";
        result.AddError($"{name} is \"{text}\"; expected {limits}");
        return 0;
    }

    private static Uri UrlOf(ParseResult parsed)
    {
        string? given = parsed.GetValue(Url);
        string? variable = Environment.GetEnvironmentVariable("SHARDS_URL") is { Length: > 0 } text ? text : null;
        string url = given ?? variable ?? SiloApi.DefaultUrl;
        return Uri.TryCreate(url, UriKind.Absolute, out Uri? parsedUrl) && parsedUrl.Scheme is "http" or "https"
            ? parsedUrl
            : throw new CliFailure(
                ExitCode.BadCommandLine,
                $"{(given is null ? "SHARDS_URL" : "--url")} is \"{url}\"; expected http://HOST:PORT or https://HOST:PORT");
    }

    private static string? KeyOf(ParseResult parsed)
    {
        string origin = "SHARDS_API_KEY";
        string? key = Environment.GetEnvironmentVariable(origin);
        if (parsed.GetValue(KeyFile) is { } file)
            (origin, key) = ($"--api-key-file {file}", Read(file));

        if (string.IsNullOrWhiteSpace(key))
            return null;

        // A header carries no other; the key itself is in no text.
        return key.Trim() is var trimmed && trimmed.All(static letter => letter is > ' ' and <= '~')
            ? trimmed
            : throw new CliFailure(ExitCode.BadCommandLine, $"{origin} is no bearer key: expected printable ASCII without spaces");
    }

    private static X509Certificate2Collection? AuthoritiesOf(ParseResult parsed, Uri url)
    {
        string? given = parsed.GetValue(AuthorityFile);
        if (url.Scheme != Uri.UriSchemeHttps)
        {
            return given is null ? null : throw new CliFailure(
                ExitCode.BadCommandLine, $"--ca-file is given, but {url} has no certificate; expected --url https://HOST:PORT");
        }

        if ((given ?? Environment.GetEnvironmentVariable("SHARDS_CA_FILE")) is not { Length: > 0 } file)
            return null;

        try
        {
            return ServerTrust.Load(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CliFailure(
                ExitCode.BadCommandLine, $"{(given is null ? "SHARDS_CA_FILE" : "--ca-file")} {file} cannot be used: {failure.Message}");
        }
    }

    private static string Read(string file)
    {
        try
        {
            string? line = File.ReadLines(file).FirstOrDefault(static line => line.Trim() is { Length: > 0 } text && text[0] != '#');
            return line?.Replace('\t', ' ').Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1]
                ?? throw new CliFailure(ExitCode.BadCommandLine, $"--api-key-file {file} has no key; expected a line with one");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliFailure(ExitCode.BadCommandLine, $"--api-key-file {file} cannot be read: {failure.Message}");
        }
    }

    private static IEnumerable<CompletionItem> Ask(
        CompletionContext context, Func<SiloApi, CancellationToken, Task<string[]>> ask)
    {
        try
        {
            using SiloApi api = ApiOf(context.ParseResult);
            using CancellationTokenSource limit = new(CompletionLimit);

            // Nothing else runs in a process that completes a word.
            return [.. ask(api, limit.Token).GetAwaiter().GetResult().Select(static name => new CompletionItem(name))];
        }
        catch (Exception failure) when (failure is CliFailure or OperationCanceledException)
        {
            return [];
        }
    }
}
