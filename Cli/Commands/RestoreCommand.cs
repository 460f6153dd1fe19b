using System.CommandLine;
using System.Text.Json;
using OrleansShards.Backups;
using OrleansShards.Cli.Http;
using OrleansShards.Cli.Output;

namespace OrleansShards.Cli.Commands;

/// <summary><c>restore FILE</c>: verifies the file here, shows the plan, asks, and restores the fresh cluster.</summary>
internal static class RestoreCommand
{
    private static readonly Argument<string> FileName = new("FILE") { Description = "The file of a backup." };

    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask." };

    private static readonly Option<bool> Plan = new("--plan")
    {
        Description = "Only verify the file, and whether the cluster is fresh: nothing is changed.",
    };

    internal static Command Build()
    {
        Command command = new("restore", "Restores a fresh cluster from a backup's file.");
        command.Arguments.Add(FileName);
        command.Options.Add(Yes);
        command.Options.Add(Plan);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        Screen screen = CommandOptions.ScreenOf(parsed);
        string path = parsed.GetValue(FileName)!;
        (bool isPlan, bool isAgreed) = (parsed.GetValue(Plan), parsed.GetValue(Yes));
        if (!isPlan && !isAgreed && (screen.IsJson || !Screen.CanAsk))
        {
            throw new CliFailure(
                ExitCode.BadCommandLine, "nobody can be asked here: give --yes, or --plan to see what would be done");
        }

        // A damaged file is named here, before a cluster is touched.
        await VerifyCommand.ReadAsync(path, stop);
        using SiloApi api = CommandOptions.ApiOf(parsed);
        if (!isAgreed)
        {
            Show(screen, await SendAsync(api, "restore?plan=true", path, "verified", stop));
            if (isPlan)
                return ExitCode.Done;

            if (!ActionCommands.Ask())
            {
                screen.WriteLine("nothing was changed");
                return ExitCode.Declined;
            }
        }

        Show(screen, await SendAsync(api, "restore", path, "restored", stop));
        return ExitCode.Done;
    }

    private static async Task<byte[]> SendAsync(SiloApi api, string route, string path, string word, CancellationToken stop)
    {
        using StreamContent body = new(BackupTransfer.OpenForRestore(path, new TransferProgress(word)), 1 << 20);
        using HttpResponseMessage answer = await api.OpenAsync(HttpMethod.Post, route, body, stop);
        return await answer.Content.ReadAsByteArrayAsync(stop);
    }

    private static void Show(Screen screen, byte[] answer)
    {
        if (screen.IsJson)
            Screen.WriteJson(answer);
        else
            screen.WriteLine(JsonDocument.Parse(answer).RootElement.GetProperty("text").GetString()!);
    }
}
