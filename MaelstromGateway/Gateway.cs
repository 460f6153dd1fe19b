using OrleansShards.MaelstromGateway.Cli;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Handlers;
using OrleansShards.MaelstromGateway.Io;
using OrleansShards.MaelstromGateway.Lanes;

namespace OrleansShards.MaelstromGateway;

/// <summary>
/// One run of the gateway over one pair of streams. Three threads: one reads and understands lines, the cluster's loop
/// keeps the state, one writes. Bounded everywhere: what is read and not answered by a budget, what is answered and not
/// written by a limit beyond which nothing new is begun; so a consumer that stops reading stops the reading here.
/// </summary>
internal sealed class Gateway : IDisposable
{
    // Small enough to spread a burst over the loop's turns, large enough to make a batch's cost small.
    private const int BatchCountMax = 256;

    private readonly GatewayLog _log;
    private readonly RequestBudget _budget;
    private readonly OutputQueue _output;
    private readonly WriterThread _writer;
    private readonly ReaderThread _reader;
    private readonly FrontEnd _frontEnd;
    private readonly ClusterOpening _opening;
    private readonly ManualResetEventSlim _inputEnded = new();
    private volatile bool _isBroken;

    /// <summary>A gateway that has not started.</summary>
    /// <param name="streams">What it reads and writes.</param>
    /// <param name="options">Deadlines and limits.</param>
    /// <param name="log">stderr.</param>
    /// <param name="open">Opens the cluster.</param>
    internal Gateway(
        GatewayStreams streams,
        GatewayOptions options,
        GatewayLog log,
        ClusterOpener open)
    {
        _log = log;
        _budget = new RequestBudget(options.RequestsMax, options.RequestBytesMax);
        _output = new OutputQueue(options.OutputBytesMax);
        _writer = new WriterThread(streams.Output, _output, OutputBroke);
        _frontEnd = new FrontEnd(_output, _budget, options.Deadlines, log);
        _opening = new ClusterOpening(open, options, log);
        RequestIntake intake = new(
            new EnvelopeReader(HandlerTable.Protocol(options.Shards), options.Shards),
            _frontEnd,
            _opening,
            _budget,
            Math.Min(BatchCountMax, options.RequestsMax),
            log);
        _reader = new ReaderThread(new LineReader(streams.Input, options.LineBytesMax, intake), log, _inputEnded.Set);
    }

    /// <summary>Whether the output took no more before everything was answered.</summary>
    internal bool IsBroken => _isBroken;

    /// <summary>Starts reading and writing.</summary>
    internal void Start()
    {
        _writer.Start();
        _reader.Start();
    }

    /// <summary>Reads nothing more. Any thread, any number of times.</summary>
    internal void Stop()
    {
        _reader.Stop();
        _opening.Stop();
    }

    /// <summary>Refuses what has not begun by now; after <see cref="Stop"/>.</summary>
    internal void RefuseTheRest() => _opening.Cluster?.Post(_frontEnd.RefuseTheRest);

    /// <summary>
    /// Waits until the input has ended, all that was read has been answered, and all answers are written; then closes
    /// the cluster.
    /// </summary>
    internal void WaitForEnd()
    {
        _inputEnded.Wait();
        _budget.WaitUntilUnused();
        _output.Complete();
        _writer.Join();
        _opening.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Dispose() => _inputEnded.Dispose();

    private void OutputBroke(Exception error)
    {
        _isBroken = true;
        _log.Error($"stdout takes no more, so this gateway ends: {error.Message}");
        Stop();
    }
}
