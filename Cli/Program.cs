using System.CommandLine;
using System.Globalization;
using OrleansShards.Cli.Commands;

namespace OrleansShards.Cli;

/// <summary>The process: one command, an exit code (<see cref="ExitCode"/>), and a line on stderr where it is not 0.</summary>
internal static class Program
{
    internal static async Task<int> Main(string[] args)
    {
        try
        {
            return await RunAsync(ShardsCommand.Build().Parse(args));
        }
        catch (CliFailure failure)
        {
            Say(failure.Message);
            return failure.ExitCode;
        }
        catch (OperationCanceledException)
        {
            // SIGINT or SIGTERM.
            return ExitCode.Interrupted;
        }
        catch (IOException)
        {
            // Whoever reads stdout has gone: `shards history | head -1`.
            return ExitCode.Refused;
        }
    }

    /// <summary>One line for people, beside what a script reads.</summary>
    internal static void Say(string text) => Console.Error.WriteLine($"shards: {text}");

    private static async Task<int> RunAsync(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0)
        {
            // Help, version and completions; commands write to stdout themselves. The library calls the program as its file, which cannot
            // be `shards`: that is a command.
            using StringWriter help = new(CultureInfo.InvariantCulture);
            int exitCode = await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = help,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TimeSpan.FromSeconds(2),
            });
            string text = help.ToString();
            await Console.Out.WriteAsync(
                text.Replace(parsed.RootCommandResult.Command.Name, ShardsCommand.Name, StringComparison.Ordinal));
            return exitCode;
        }

        // A word that is no command makes two errors, of which the other says it.
        string path = string.Join(' ', ShardsCommand.PathOf(parsed.CommandResult.Command));
        string[] errors = [.. parsed.Errors.Select(static error => error.Message.TrimEnd('.')).Distinct()];
        if (parsed.UnmatchedTokens is [var unknown, ..])
            errors = [$"`{unknown}` is not known to `{path}`"];

        foreach (string error in errors)
            Say(error);

        Say($"`{path} --help` lists what there is");
        return ExitCode.BadCommandLine;
    }
}

/// <summary>What the process ends with. docs/cli.md has them; a test compares.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    internal const int Done = 0;

    /// <summary>Refused for certain, or failed.</summary>
    internal const int Refused = 1;

    /// <summary>The command line is wrong; nothing was asked.</summary>
    internal const int BadCommandLine = 2;

    /// <summary>It is not known whether it took effect.</summary>
    internal const int Unknown = 3;

    /// <summary>Nobody answers, or the cluster cannot answer now; nothing was done.</summary>
    internal const int NotNow = 4;

    /// <summary>A key is missing, wrong, or has not the role.</summary>
    internal const int NotAllowed = 5;

    /// <summary>There is no such key.</summary>
    internal const int NoSuchKey = 6;

    /// <summary>The wrong state, or a value that differs.</summary>
    internal const int NotAsExpected = 7;

    /// <summary>The plan was shown, and the answer was no.</summary>
    internal const int Declined = 8;

    /// <summary>What <c>--wait</c> waited for has ended otherwise: a move was given up.</summary>
    internal const int MoveAborted = 9;

    /// <summary>Ended by SIGINT or SIGTERM.</summary>
    internal const int Interrupted = 130;
}

/// <summary>Ends the command: a line for stderr, and the exit code.</summary>
internal sealed class CliFailure(int exitCode, string text) : Exception(text)
{
    internal int ExitCode { get; } = exitCode;
}
