using OrleansShards.MaelstromGateway.Cli;
using OrleansShards.MaelstromGateway.Network;
using OrleansShards.MaelstromGateway.Requests;
using OrleansShards.MaelstromGateway.Silos;

namespace OrleansShards.MaelstromGateway;

/// <summary>
/// One run of the gateway over a pair of streams. It has three threads: one reads and parses lines, the cluster's loop keeps the state, one
/// writes. Back-pressure is complete: a budget limits what is read and not answered, and nothing new begins above a limit of what is
/// answered and not written. So a consumer that stops reading stops the gateway's reading.
/// Where the silos' network is on the same streams, reading never stops, and a thread more takes the requests (<see cref="LineSwitch"/>).
/// </summary>
internal sealed class Gateway : IDisposable
{
    // Small enough to spread a burst over turns of the loop, large enough to make the cost of a batch small.
    private const int BatchCountMax = 256;

    private readonly GatewayLog _log;
    private readonly RequestBudget _budget;
    private readonly OutputQueue _output;
    private readonly Thread _writer;
    private readonly ReaderThread _reader;
    private readonly MaelstromNetwork? _network;
    private readonly LineSwitch? _switch;
    private readonly FrontEnd _frontEnd;
    private readonly ClusterOpening _opening;
    private readonly ManualResetEventSlim _inputEnded = new();
    private volatile bool _isBroken;

    internal Gateway(
        Stream input, Stream output, GatewayOptions options, GatewayLog log, ClusterOpener open, MaelstromNetwork? network = null)
    {
        _log = log;
        _network = network;
        _budget = new RequestBudget(options.RequestsMax, options.RequestBytesMax);
        _output = new OutputQueue(options.OutputBytesMax);
        _writer = new Thread(() => _output.WriteTo(output, OnOutputBroken)) { IsBackground = true, Name = "writer" };
        _frontEnd = new FrontEnd(_output, _budget, options.Deadlines, log);
        _opening = new ClusterOpening(open, options, log);
        EnvelopeReader envelopes = new(HandlerTable.Protocol(options.Shards), options.Shards);
        RequestIntake intake = new(envelopes, _frontEnd, _opening, _budget, Math.Min(BatchCountMax, options.RequestsMax), log);
        _switch = network is null
            ? null
            : new LineSwitch(network, intake, options.RequestsMax, options.RequestBytesMax, log, _inputEnded.Set);
        LineReader lines = new(input, options.LineBytesMax, _switch is null ? intake : _switch);
        _reader = new ReaderThread(lines, log, _switch is null ? _inputEnded.Set : _switch.OnInputEnded);
    }

    /// <summary>Whether the output failed before everything was answered.</summary>
    internal bool IsBroken => _isBroken;

    internal void Start()
    {
        _writer.Start();
        _network?.Attach(_output);
        _switch?.Start();
        _reader.Start();
    }

    /// <summary>Ends the reading of requests. Any thread, any number of times.</summary>
    internal void Stop()
    {
        if (_switch is null)
            _reader.Stop();
        else
            _switch.Stop();

        _opening.Stop();
    }

    /// <summary>Refuses all requests that have not been submitted to the cluster; called after <see cref="Stop"/>.</summary>
    internal void RefuseTheRest() => _opening.Cluster?.Post(_frontEnd.RefuseTheRest);

    /// <summary>Waits until the input has ended, and all is answered and written.</summary>
    internal void WaitForAnswers()
    {
        _inputEnded.Wait();
        _budget.WaitUntilUnused();
        if (_network is null)
            EndOutput();
    }

    /// <summary>Closes the cluster; called after <see cref="WaitForAnswers"/>.</summary>
    internal void Close()
    {
        _opening.DisposeAsync().AsTask().GetAwaiter().GetResult();
        if (_network is null)
            return;

        // The others are told of the end of this silo by the network.
        _network.Shut("this gateway ends");
        EndOutput();
    }

    /// <summary>Both of these.</summary>
    internal void WaitForEnd()
    {
        WaitForAnswers();
        Close();
    }

    public void Dispose() => _inputEnded.Dispose();

    private void EndOutput()
    {
        _output.Complete();
        _writer.Join();
    }

    private void OnOutputBroken(Exception error)
    {
        _isBroken = true;
        _log.Error($"stdout takes no more, so this gateway ends: {error.Message}");
        Stop();
    }
}
