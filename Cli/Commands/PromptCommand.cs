using System.CommandLine;
using System.Text;
using System.Text.Json;
using OrleansShards.Cli.Http;
using OrleansShards.Cli.Output;

namespace OrleansShards.Cli.Commands;

/// <summary>
/// A prompt for keys: a command a line. From a pipe it ends at the first line that fails, as a script is to.
/// </summary>
internal static class PromptCommand
{
    private const string Help = """
        get KEY             reads a key
        put KEY VALUE       writes it
        cas KEY FROM TO     writes TO if the value is FROM; `cas KEY FROM TO create` also where there is none
        delete KEY          deletes it
        exit                ends, as the end of the input does
        A word ends at a blank. A JSON string, array or object may have blanks inside; what is no JSON is a string.
        """;

    internal static Command Build()
    {
        Command command = new("prompt", "A prompt for get, put, cas and delete; or their lines from stdin.");
        command.SetAction(async (parsed, stop) =>
        {
            using SiloApi api = CommandOptions.ApiOf(parsed);
            return await RunAsync(api, CommandOptions.ScreenOf(parsed), stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(SiloApi api, Screen screen, CancellationToken stop)
    {
        bool isAsked = Screen.CanAsk;
        if (isAsked)
            screen.WriteLine($"keys of {api.Url.Host}:{api.Url.Port}; `help` lists the commands");

        while (true)
        {
            if (isAsked)
                Console.Out.Write("shards> ");

            // A terminal's read cannot be cancelled; the signal ends the wait for it.
            string? line = await Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(stop);
            if (line is null || line.Trim() is "exit" or "quit")
                return ExitCode.Done;

            try
            {
                await CarryOutAsync(api, screen, line, stop);
            }
            catch (CliFailure failure) when (isAsked)
            {
                Program.Say(failure.Message);
            }
        }
    }

    private static Task CarryOutAsync(SiloApi api, Screen screen, string line, CancellationToken stop)
    {
        string[] words = [.. WordsOf(line)];
        switch (words)
        {
            case []:
                return Task.CompletedTask;
            case ["help"]:
                screen.WriteLine(Help);
                return Task.CompletedTask;
            case ["get", var key]:
                return OperateAsync("get", HttpMethod.Get, key, null);
            case ["put", var key, var value]:
                return OperateAsync("put", HttpMethod.Put, key, KeyTexts.ValueOf(value));
            case ["cas", var key, var from, var to]:
                return OperateAsync("cas", HttpMethod.Post, key, KeyTexts.CasOf(KeyTexts.ValueOf(from), KeyTexts.ValueOf(to), false));
            case ["cas", var key, var from, var to, "create"]:
                return OperateAsync("cas", HttpMethod.Post, key, KeyTexts.CasOf(KeyTexts.ValueOf(from), KeyTexts.ValueOf(to), true));
            case ["delete", var key]:
                return OperateAsync("delete", HttpMethod.Delete, key, null);
            default:
                throw new CliFailure(
                    ExitCode.BadCommandLine,
                    $"`{line.Trim()}` is no command; expected get KEY, put KEY VALUE, cas KEY FROM TO [create], delete KEY, help or exit");
        }

        // In quotes the key is a JSON string; all other keys are strings as they stand.
        Task OperateAsync(string name, HttpMethod method, string key, byte[]? body) => KeyCommands.RunAsync(
            api, screen, name, method, KeyTexts.KeyOf(key, isJson: key.StartsWith('"')), "", body, stop);
    }

    /// <summary>Words that end at white space, and JSON strings, arrays and objects whole.</summary>
    internal static IEnumerable<string> WordsOf(string line)
    {
        byte[] text = Encoding.UTF8.GetBytes(line);
        int at = 0;
        while (true)
        {
            while (at < text.Length && text[at] is (byte)' ' or (byte)'\t')
                at++;

            if (at == text.Length)
                yield break;

            int length = LengthOf(text.AsSpan(at));
            yield return Encoding.UTF8.GetString(text, at, length);
            at += length;
        }
    }

    private static int LengthOf(ReadOnlySpan<byte> rest)
    {
        int blank = rest.IndexOfAny((byte)' ', (byte)'\t');
        int word = blank < 0 ? rest.Length : blank;
        if (rest[0] is not ((byte)'"' or (byte)'[' or (byte)'{'))
            return word;

        // The reader stops behind the value; what follows it is the next word's.
        Utf8JsonReader reader = new(rest, new JsonReaderOptions { AllowMultipleValues = true });
        try
        {
            return reader.Read() && reader.TrySkip() ? (int)reader.BytesConsumed : word;
        }
        catch (JsonException)
        {
            return rest.Length;
        }
    }
}
