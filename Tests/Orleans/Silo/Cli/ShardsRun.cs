using System.Diagnostics;

namespace OrleansShards.Tests.Orleans.Silo.Cli;

/// <summary>The command line as a process, as a script runs it.</summary>
internal sealed class ShardsRun : IDisposable
{
    internal static readonly string Program = Path.Combine(AppContext.BaseDirectory, "OrleansShards.Cli.dll");

    private readonly Process _process;
    private readonly Task<string> _errors;

    private ShardsRun(string url, string input, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("SHARDS_API_KEY");
        start.Environment.Remove("SHARDS_CA_FILE");
        start.Environment["SHARDS_URL"] = url;
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;

        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
        _process.StandardInput.Write(input);
        _process.StandardInput.Close();
    }

    /// <summary>Starts a command.</summary>
    internal static ShardsRun Start(string url, params string[] arguments) => new(url, "", new Dictionary<string, string>(), arguments);

    /// <summary>Runs a command to its end.</summary>
    internal static Task<ShardsResult> RunAsync(string url, params string[] arguments) => RunAsync(url, "", arguments);

    /// <summary>Runs a command with this on its stdin.</summary>
    internal static Task<ShardsResult> RunAsync(string url, string input, string[] arguments) =>
        RunAsync(url, input, new Dictionary<string, string>(), arguments);

    internal static async Task<ShardsResult> RunAsync(
        string url, string input, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        using ShardsRun run = new(url, input, environment, arguments);
        return await run.EndedAsync();
    }

    internal Task<string?> ReadLineAsync() =>
        _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(SiloRun.Limit);

    internal void Terminate() => Process.Start("kill", ["-s", "TERM", $"{_process.Id}"])!.WaitForExit();

    internal async Task<ShardsResult> EndedAsync()
    {
        Task<string> output = _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(SiloRun.Limit);
        return new ShardsResult(_process.ExitCode, await output, await _errors);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();

        _process.Dispose();
    }
}

internal sealed record ShardsResult(int ExitCode, string Output, string Errors)
{
    internal string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>It was done: stdout.</summary>
    internal string Done()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Errors}{Output}");
        return Output;
    }

    /// <summary>It has failed with this exit code, nothing on stdout, and lines on stderr that say this.</summary>
    internal void Failed(int exitCode, string text)
    {
        Assert.Contains(text, Errors, StringComparison.Ordinal);
        Assert.Equal((exitCode, ""), (ExitCode, Output));
        Assert.All(
            Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            static line => Assert.StartsWith("shards: ", line, StringComparison.Ordinal));
    }
}
