using System.Collections.Concurrent;
using System.Diagnostics;
using OrleansShards.Client;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Hosting;
using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Cli;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;
using OrleansShards.MaelstromGateway.Handlers;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.MaelstromGateway.Clustering;

/// <summary>
/// Carries requests to the founder of a cluster of several processes, whichever that is at the moment, and sends again
/// what a founder that died has not answered: operations on keys in sessions of this gateway's own, so that none takes
/// effect twice; everything else can be repeated as it is.
/// </summary>
internal sealed class ClusterCarrier : IRequestCarrier, ILinkEvents
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly BlockingCollection<Action> _turns = [];
    private readonly SortedDictionary<long, ForwardedCall> _calls = [];
    private readonly SessionLanes _lanes;
    private readonly NodeNames _names;
    private readonly Deadlines _deadlines;
    private readonly GatewayLog _log;
    private readonly Membership _membership;
    private readonly FounderLink _link;
    private readonly Thread _loop;
    private FrameStream? _frames;
    private long _ids;

    private ClusterCarrier(
        ClusterPlace place, ClusterDefinition definition, GatewayOptions options, GatewayLog log, Membership membership)
    {
        _lanes = new SessionLanes("gateway", Runs.Draw());
        _names = new NodeNames(definition);
        _deadlines = options.Deadlines;
        _log = log;
        _membership = membership;
        _link = new FounderLink(place, definition, options, log, this);
        _loop = new Thread(Run) { IsBackground = true, Name = "cluster" };
    }

    /// <summary>Joins the cluster, and founds it where nobody has.</summary>
    internal static async Task<IRequestCarrier> OpenAsync(
        ClusterPlace place, ClusterDefinition definition, GatewayOptions options, GatewayLog log)
    {
        ClusterCarrier carrier = new(place, definition, options, log, Membership.Join(place));
        carrier._loop.Start();
        try
        {
            await carrier._link.StartAsync().ConfigureAwait(false);
            return carrier;
        }
        catch
        {
            await carrier.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Post(Action turn) => _turns.Add(turn);

    /// <inheritdoc/>
    public IReply? Carry(GatewayRequest request, IReplyReceiver receiver)
    {
        string destination = request.Destination.Value;
        if (!_names.IsNode(destination))
        {
            return _names.NoDestination(destination);
        }

        if (request.Operation.Start(_names, destination, out ErrorReply? error) is not { } asked)
        {
            return error;
        }

        bool needsLane = asked is ClientRequest.OnKey { Session.Kind: SessionKind.None } && asked.HasEffect;
        TimeSpan limit = request.Operation.Limit(_deadlines);
        ForwardedCall call = new(
            request,
            asked,
            needsLane ? _lanes.Take() : SessionTag.None,
            Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency),
            receiver);
        long id = ++_ids;
        _calls.Add(id, call);
        Send(id, call);
        return null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync().ConfigureAwait(false);
        _turns.CompleteAdding();
        _loop.Join();
        _turns.Dispose();
        _membership.Dispose();
    }

    /// <inheritdoc/>
    void ILinkEvents.Connected(FrameStream frames) => Post(() =>
    {
        _frames = frames;
        foreach ((long id, ForwardedCall call) in _calls.ToArray())
        {
            if (call.MayHaveRun && !call.IsRepeatable)
            {
                _calls.Remove(id);
                End(call, call.AtDeadline());
            }
            else
            {
                Send(id, call);
            }
        }
    });

    /// <inheritdoc/>
    void ILinkEvents.Disconnected() => Post(() =>
    {
        _frames = null;
        foreach (ForwardedCall call in _calls.Values)
        {
            call.MayHaveRun |= call.IsSent;
            call.IsSent = false;
        }
    });

    /// <inheritdoc/>
    void ILinkEvents.Replied(ForwardedReply reply) => Post(() =>
    {
        if (_calls.Remove(reply.Id, out ForwardedCall? call))
        {
            End(call, reply);
        }
    });

    private void Run()
    {
        long checkedAt = Stopwatch.GetTimestamp();
        while (!_turns.IsCompleted)
        {
            if (_turns.TryTake(out Action? turn, Tick))
            {
                Take(turn);
            }

            if (Stopwatch.GetElapsedTime(checkedAt) >= Tick)
            {
                checkedAt = Stopwatch.GetTimestamp();
                EndLate(checkedAt);
            }
        }
    }

    /// <summary>A defect in one turn must not end the loop: every other request would wait for ever.</summary>
    private void Take(Action turn)
    {
        try
        {
            turn();
        }
        catch (Exception defect)
        {
            _log.Error($"a defect in the cluster's loop: {defect}");
        }
    }

    private void EndLate(long now)
    {
        long[] late = [.. _calls.Where(call => call.Value.Deadline <= now).Select(static call => call.Key)];
        foreach (long id in late)
        {
            _calls.Remove(id, out ForwardedCall? call);
            End(call!, call!.AtDeadline());
        }
    }

    private void End(ForwardedCall call, IReply reply)
    {
        _lanes.Return(call.Session);
        call.End(reply);
    }

    private void Send(long id, ForwardedCall call)
    {
        if (_frames is { } frames)
        {
            call.IsSent = true;
            double left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), call.Deadline).TotalMilliseconds;
            frames.Send(call.Frame(id, Math.Max(1, (int)left)));
        }
    }
}
