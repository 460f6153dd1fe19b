using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using OrleansShards.Cli.Http;
using OrleansShards.Cli.Output;

namespace OrleansShards.Cli.Commands;

/// <summary>Keys: read, write, compare and set, delete.</summary>
internal static class KeyCommands
{
    private static readonly Argument<string> Key = new("KEY") { Description = "The key: a string, or with --key-json a JSON value." };

    private static readonly Option<bool> KeyIsJson = new("--key-json") { Description = "KEY is a JSON value: 7 is the number." };

    private static readonly Option<long?> Shard = CommandOptions.Number("--shard", "Overrides the shard of the key's hash.");

    private static readonly Option<string> Client = new("--client-id")
    {
        Description = "With --seq: it is carried out once, however often it is sent.",
        HelpName = "NAME",
    };

    private static readonly Option<long?> Sequence = CommandOptions.Number("--seq", "The number of this request of --client-id.");

    internal static IEnumerable<Command> All()
    {
        const string Json = "A JSON value; what is none is a string. - reads it from stdin.";
        Argument<string> value = new("VALUE") { Description = Json };
        yield return Build("get", "Reads a key: its value as JSON.", [], HttpMethod.Get, static _ => null);
        yield return Build("put", "Writes a key.", [value], HttpMethod.Put, parsed => KeyTexts.ValueOf(Given(parsed, value)));

        Argument<string> from = new("FROM") { Description = Json };
        Argument<string> to = new("TO") { Description = Json };
        Option<bool> create = new("--create") { Description = "Write TO where the key does not exist." };
        Command cas = Build("cas", "Writes TO if the key's value is FROM.", [from, to], HttpMethod.Post, parsed => KeyTexts.CasOf(
            KeyTexts.ValueOf(Given(parsed, from)), KeyTexts.ValueOf(Given(parsed, to)), parsed.GetValue(create)));
        cas.Options.Add(create);
        yield return cas;
        yield return Build("delete", "Deletes a key.", [], HttpMethod.Delete, static _ => null);
    }

    private static Command Build(
        string name, string description, Argument<string>[] arguments, HttpMethod method, Func<ParseResult, byte[]?> body)
    {
        Command command = new(name, description) { Key };
        foreach (Argument<string> argument in arguments)
            command.Arguments.Add(argument);

        foreach (Option option in new Option[] { KeyIsJson, Shard, Client, Sequence })
            command.Options.Add(option);

        command.SetAction(async (parsed, stop) =>
        {
            string key = KeyTexts.KeyOf(parsed.GetValue(Key)!, parsed.GetValue(KeyIsJson));
            byte[]? given = body(parsed);
            using SiloApi api = CommandOptions.ApiOf(parsed);
            await RunAsync(api, CommandOptions.ScreenOf(parsed), name, method, key, Query(parsed), given, stop);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Carries an operation out, and shows its answer.</summary>
    internal static async Task RunAsync(
        SiloApi api, Screen screen, string name, HttpMethod method, string key, string query, byte[]? body, CancellationToken stop)
    {
        byte[] answer = await api.SendAsync(method, KeyTexts.PathOf(key) + query, body, stop);
        if (screen.IsJson)
        {
            Screen.WriteJson(answer);
            return;
        }

        if (method == HttpMethod.Get)
        {
            // As it is, whatever its length: no line of a value is wrapped.
            using JsonDocument read = JsonDocument.Parse(answer);
            Screen.WriteJson(Encoding.UTF8.GetBytes(read.RootElement.GetProperty("value").GetRawText()));
            return;
        }

        int shard = SiloApi.Read(answer, ApiShapes.Default.KeyObject).Shard;
        screen.WriteLine($"{key} is {(name == "delete" ? "deleted" : "written")} (shard {shard})");
    }

    private static string Given(ParseResult parsed, Argument<string> argument) =>
        parsed.GetValue(argument) is var text && text == "-" ? Console.In.ReadToEnd() : text!;

    private static string Query(ParseResult parsed)
    {
        string shard = parsed.GetValue(Shard) is { } number ? string.Create(CultureInfo.InvariantCulture, $"&shard={number}") : "";
        string client = parsed.GetValue(Client) is { } name ? $"&client_id={Uri.EscapeDataString(name)}" : "";
        string seq = parsed.GetValue(Sequence) is { } next ? string.Create(CultureInfo.InvariantCulture, $"&seq={next}") : "";
        return shard + client + seq;
    }
}

/// <summary>Keys and values as people write them, and as the API takes them.</summary>
internal static class KeyTexts
{
    private static readonly JavaScriptEncoder AsWritten = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>The key as JSON text.</summary>
    internal static string KeyOf(string text, bool isJson) => !isJson ? Quoted(text)
        : IsJson(text) ? text.Trim()
        : throw new CliFailure(ExitCode.BadCommandLine, $"the key is \"{text}\"; expected a JSON value, as --key-json was given");

    /// <summary>
    /// A value as JSON text. What is no JSON is a string, so that `put color blue` does what it says; but not what begins as JSON does and
    /// then goes wrong.
    /// </summary>
    internal static byte[] ValueOf(string text) =>
        IsJson(text) ? Encoding.UTF8.GetBytes(text.Trim())
        : text.TrimStart() is ['{' or '[' or '"', ..]
            ? throw new CliFailure(ExitCode.BadCommandLine, $"the value begins as JSON and is none: {text}")
            : Encoding.UTF8.GetBytes(Quoted(text));

    internal static byte[] CasOf(byte[] from, byte[] to, bool creates) =>
        [.. "{\"from\":"u8, .. from, .. ",\"to\":"u8, .. to, .. creates ? ",\"create_if_not_exists\":true}"u8 : "}"u8];

    /// <summary>The key's path, which is the same for any key: no client takes "." or "a/b" for something else.</summary>
    internal static string PathOf(string json) => $"keys/{Uri.EscapeDataString(json)}?json=true";

    private static string Quoted(string text) => $"\"{AsWritten.Encode(text)}\"";

    private static bool IsJson(string text)
    {
        Utf8JsonReader reader = new(Encoding.UTF8.GetBytes(text));
        try
        {
            while (reader.Read())
                reader.Skip();

            return reader.BytesConsumed > 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
