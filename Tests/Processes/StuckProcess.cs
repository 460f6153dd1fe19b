using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using OrleansShards.Client.Routing;
using OrleansShards.CommandLine;
using OrleansShards.MaelstromGateway;
using OrleansShards.MaelstromGateway.Cli;
using OrleansShards.MaelstromGateway.Io;
using OrleansShards.Tests.MaelstromGateway;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Processes;

/// <summary>
/// A process whose end hangs in every way that it can, its exit handlers included: this very program, with a start-up hook that runs before
/// its ordinary entry point.
/// </summary>
internal sealed class StuckProcess : IDisposable
{
    internal const string Variable = "ORLEANSSHARDS_TEST_STUCK";

    /// <summary>A stop that has a tenth of a second.</summary>
    internal const string Deadline = "deadline";

    /// <summary>The same, and nobody takes its last words.</summary>
    internal const string Mute = "mute";

    /// <summary>A stop that has an hour.</summary>
    internal const string Patient = "patient";

    /// <summary>A gateway whose cluster is never closed.</summary>
    internal const string OpenForEverGateway = "gateway";

    private readonly Process _process;

    internal StuckProcess(string how)
    {
        string assembly = typeof(StuckProcess).Assembly.Location;
        _process = Process.Start(new ProcessStartInfo(Path.ChangeExtension(assembly, null))
        {
            Environment = { [Variable] = how, ["DOTNET_STARTUP_HOOKS"] = assembly },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>All that it has written to stderr, once it has ended.</summary>
    internal Task<string> Errors { get; }

    internal StreamWriter Input => _process.StandardInput;

    internal Task<string?> LineAsync() => Condition.EndsAsync(_process.StandardOutput.ReadLineAsync(), "a line of the process");

    internal void Terminate()
    {
        using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end; its exit code.</summary>
    internal async Task<int> EndedAsync()
    {
        await Condition.EndsAsync(_process.WaitForExitAsync(), "the end of the process");
        return _process.ExitCode;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>What the process does.</summary>
    internal static void Run(string how)
    {
        using ManualResetEventSlim never = new();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => never.Wait();
        if (how == OpenForEverGateway)
        {
            GatewayLog log = new(Console.OpenStandardError(), LogLevel.Error);
            using Gateway gateway = new(
                Console.OpenStandardInput(), Console.OpenStandardOutput(), new GatewayOptions(), log,
                static (_, _, _) => Task.FromResult<IClusterClient>(new OpenForEver()));
            using StopSignals stopping = new(gateway, log);
            gateway.Start();
            stopping.WaitForEnd();
        }

        TimeSpan limit = how == Patient ? TimeSpan.FromHours(1) : TimeSpan.FromMilliseconds(100);
        using ProcessStop stop = new(limit, "it has taken too long", how == Mute ? _ => never.Wait() : Console.Error.WriteLine);
        stop.Requested.Register(static () => Console.Out.WriteLine("stopping"));
        Console.Out.WriteLine("started");
        never.Wait();
    }

    private sealed class OpenForEver : IClusterClient
    {
        private readonly FakeCluster _cluster = new();

        public void Post(Action turn) => _cluster.Post(turn);

        public void Submit(ClientRequest request, TimeSpan deadline, IOutcomeReceiver receiver) =>
            _cluster.Submit(request, deadline, receiver);

        public ValueTask DisposeAsync() => new(new TaskCompletionSource().Task);
    }
}
