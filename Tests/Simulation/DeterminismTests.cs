using System.Diagnostics;
using OrleansShards.Simulation.Drawing;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Tests.Simulation;

/// <summary>Equal seeds, equal runs, to the byte of the trace: in one process, and from process to process.</summary>
public sealed class DeterminismTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("traces-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("swarm", 1)]
    [InlineData("swarm", 42)]
    [InlineData("masters", 3)]
    [InlineData("moves", 4)]
    [InlineData("store", 5)]
    [InlineData("network", 6)]
    public void Execute_SameSeedTwice_WritesTheSameTrace(string profile, int seed)
    {
        RunOptions options = Options(profile, seed);
        string trace = Trace(options);
        Assert.Equal(trace, Trace(options));
        string[] lines = trace.Split('\n');
        Assert.Equal(options.Command(), lines[0]);
        Assert.Equal($"seed {seed}, profile {profile}", lines[1]);
        Assert.All(
            OptionTable.All.Zip(lines[2..]),
            line => Assert.StartsWith($"  {line.First.Name} ", line.Second, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("swarm", 2)]
    [InlineData("masters", 7)]
    [InlineData("moves", 8)]
    public async Task Execute_InAnotherProcess_WritesTheSameTrace(string profile, int seed)
    {
        string file = Path.Combine(_folder, "trace");
        await RunProcess("--seed", $"{seed}", "--profile", profile, "--trace", file, "--no-shrink");
        string elsewhere = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal(Trace(Options(profile, seed)), elsewhere);
    }

    private static RunOptions Options(string profile, int seed) =>
        new((ulong)seed, Profile.All.Single(known => known.Name == profile));

    private static string Trace(RunOptions options)
    {
        using StringWriter trace = new();
        Run.Execute(options, trace);
        return trace.ToString();
    }

    private static async Task RunProcess(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "OrleansShards.Simulation.dll"));
        Array.ForEach(arguments, start.ArgumentList.Add);
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Limit);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit);
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}: {output}");
    }
}
