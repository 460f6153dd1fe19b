using System.Diagnostics;
using OrleansShards.Grains.Interfaces.Diagnostics;

namespace OrleansShards.Grains.Diagnostics;

/// <summary>
/// The spans of a silo: a request to a node, within it the time until the log had what the answer says, and within that the one request to
/// the store that settled it. While nobody listens, there are none, and a call costs a comparison.
/// </summary>
/// <remarks>
/// One record carries many requests. Each traced request gets spans of its own for it, so that every trace is whole: they are made when the
/// record's completion answers the request, from times that were kept. Neither keys nor values are in spans.
/// </remarks>
internal static class ShardsSpans
{
    private static readonly ActivitySource Source = new(ShardsDiagnostics.ActivitySourceName);

    /// <summary>Begins a request's span, within the current one. It becomes the current one; <paramref name="caller"/> was it.</summary>
    internal static Activity? Begin(Message request, NodeAddress node, out Activity? caller)
    {
        caller = null;
        if (!Source.HasListeners())
            return null;

        caller = Activity.Current;
        return Source.StartActivity(RequestKinds.Of(request))?.SetTag("orleansshards.node", node.ToString());
    }

    /// <summary>Ends a request's span; the answer is null if the node failed to answer.</summary>
    internal static void End(Activity span, Message? answer)
    {
        string outcome = RequestNames.Outcome(answer);
        span.SetTag("orleansshards.outcome", outcome);
        if (outcome is "failed" or "unknown")
            span.SetTag("error.type", outcome).SetStatus(ActivityStatusCode.Error);

        Activity? current = Activity.Current;
        span.Stop();
        Activity.Current = current;
    }

    /// <summary>
    /// A request is answered because a request to the store is completed. Times are from <see cref="Stopwatch.GetTimestamp"/>.
    /// </summary>
    internal static void Settled(Activity span, long askedAt, StoreRequest cause, long storeAskedAt)
    {
        if (!span.IsAllDataRequested)
            return;

        Activity? current = Activity.Current;
        DateTimeOffset begin = span.StartTimeUtc;
        DateTime end = span.StartTimeUtc + Stopwatch.GetElapsedTime(askedAt);
        Activity? log = Source.StartActivity(LogName(cause), ActivityKind.Internal, span.Context, startTime: begin);
        log?.SetTag("orleansshards.log", cause.Log.Value).SetEndTime(end);
        if (log is not null && cause is StoreRequest.Put put)
            log.SetTag("orleansshards.log.index", (long)put.Index.Value).SetTag("orleansshards.record.size", put.Record.Length);

        TimeSpan waited = storeAskedAt > askedAt ? Stopwatch.GetElapsedTime(askedAt, storeAskedAt) : TimeSpan.Zero;
        Activity? store = Source.StartActivity(
            StoreName(cause), ActivityKind.Client, log?.Context ?? span.Context, startTime: begin + waited);
        store?.SetTag("orleansshards.log", cause.Log.Value).SetEndTime(end);
        store?.Stop();
        log?.Stop();
        Activity.Current = current;
    }

    /// <summary>
    /// What follows is of no request any more. For asynchronous methods, whose end restores the context of their caller. Without it one
    /// request's context would go on from record to record: the completion of a put begins the next one, which has other requests in it.
    /// </summary>
    internal static void Detach()
    {
        if (!Source.HasListeners())
            return;

        Activity.Current = null;
        RequestContext.Clear();
    }

    private static string LogName(StoreRequest cause) => cause switch
    {
        StoreRequest.Put => "log append",
        StoreRequest.Probe => "log check",
        _ => "log read",
    };

    private static string StoreName(StoreRequest cause) => cause switch
    {
        StoreRequest.Put => "store put",
        StoreRequest.Probe => "store probe",
        StoreRequest.Read => "store read",
        _ => "store",
    };
}
