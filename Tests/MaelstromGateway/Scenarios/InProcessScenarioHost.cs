using System.Collections.Concurrent;
using OrleansShards.CommandLine;
using OrleansShards.MaelstromGateway;
using OrleansShards.MaelstromGateway.Cli;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>Gateways in this process, each with the cluster that its options ask for.</summary>
/// <param name="before">Options that every gateway gets before those of its scenario.</param>
internal sealed class InProcessScenarioHost(params IReadOnlyList<string> before) : IScenarioHost
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(90);
    private static readonly string[] DeadlineNames = ["--deadline-ms", "--key-deadline-ms"];

    public bool HasProcesses => false;

    /// <summary>After how long an <c>init</c> is answered in any case.</summary>
    internal TimeSpan InitLimit { get; init; } = new GatewayOptions().InitLimit;

    public IScenarioGateway Start(IReadOnlyList<string> options)
    {
        var errors = new StringWriter();
        GatewayOptions? read = new GatewayOptionReader().Read(
            Patient([.. before, .. options]), TextWriter.Null, errors, out _);
        Assert.True(read is not null, errors.ToString());
        return new Running(read with { InitLimit = InitLimit });
    }

    /// <summary>
    /// The options and deadlines long enough for a busy machine, where they set none. A third of a deadline is what one attempt
    /// may take, and a grain's first call may wait for a silo in a process that runs other tests beside it.
    /// </summary>
    private static string[] Patient(IReadOnlyList<string> options) =>
        [.. options, .. DeadlineNames.Except(options).SelectMany(static name => new[] { name, "20000" })];

    private sealed class Running : IScenarioGateway
    {
        private readonly FeedStream _input = new();
        private readonly CaptureStream _errors = new();
        private readonly BlockingCollection<string> _lines = [];
        private readonly Gateway _gateway;

        internal Running(GatewayOptions options)
        {
            var log = new GatewayLog(_errors, options.LogLevel);
            _gateway = new Gateway(_input, new LineStream(_lines.Add), options, log, GatewayProcess.OpenerFor(options, log));
            _gateway.Start();
        }

        public string Errors => _errors.Text;

        public void Send(byte[] bytes) => _input.Feed(bytes);

        public string? ReadLine(TimeSpan limit)
        {
            if (_lines.TryTake(out string? line, limit))
                return line;

            return _lines.IsCompleted ? null : throw new TimeoutException();
        }

        public int EndInput()
        {
            _input.End();
            return WaitForEnd();
        }

        public int Terminate()
        {
            _gateway.Stop();
            return WaitForEnd();
        }

        public void Kill() => throw new NotSupportedException("a gateway in this process cannot be killed");

        public void Dispose()
        {
            _input.End();
            _gateway.Stop();
            if (!_lines.IsAddingCompleted)
                WaitForEnd();

            _gateway.Dispose();
        }

        private int WaitForEnd()
        {
            // One that hangs fails its test, and not the test program.
            Assert.True(Task.Run(_gateway.WaitForEnd).Wait(EndLimit), $"expected the end within {EndLimit}; stderr: {Errors}");
            _lines.CompleteAdding();
            return _gateway.IsBroken ? ExitCodes.Failure : ExitCodes.Success;
        }
    }
}
