using System.CommandLine;
using OrleansShards.Backups;
using OrleansShards.Cli.Http;
using OrleansShards.Cli.Output;

namespace OrleansShards.Cli.Commands;

/// <summary><c>backup FILE</c>: the whole cluster as a file, verified while it is written. docs/backup.md says what it is.</summary>
internal static class BackupCommand
{
    private static readonly Argument<string> FileName = new("FILE")
    {
        Description = "The file that is made; none of that name may be there.",
    };

    internal static Command Build()
    {
        Command command = new("backup", "Saves the whole cluster as a file, while it runs.");
        command.Arguments.Add(FileName);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        Screen screen = CommandOptions.ScreenOf(parsed);
        string path = parsed.GetValue(FileName)!;
        using SiloApi api = CommandOptions.ApiOf(parsed);
        try
        {
            using HttpResponseMessage answer = await api.OpenAsync(HttpMethod.Get, "backup", null, stop);
            await using Stream stream = await answer.Content.ReadAsStreamAsync(stop);
            BackupReport report = await BackupTransfer.SaveAsync(stream, path, new TransferProgress("backed up"), stop);
            VerifyCommand.Show(screen, report, path);
            return ExitCode.Done;
        }
        catch (BackupDamageException failure)
        {
            throw new CliFailure(ExitCode.Refused, $"{failure.Message}; no file is left, take the backup again");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure(ExitCode.Refused, $"{path} cannot be written: {failure.Message}");
        }
    }
}
