using System.Diagnostics;
using OrleansShards.Client.Routing;
using OrleansShards.Grains.Interfaces.Diagnostics;

namespace OrleansShards.Client.Diagnostics;

/// <summary>
/// The spans of a client: one for each request, and within it one for each attempt, whose context goes to the silo with the call. While
/// nobody listens, there are none, and a call costs a comparison.
/// </summary>
/// <remarks>
/// A request's span is not the current one while the request is under way: it is handed from thread to thread with the request. Neither
/// keys nor values are in spans.
/// </remarks>
internal static class ClientSpans
{
    private static readonly ActivitySource Source = new(ShardsClientDiagnostics.ActivitySourceName);

    internal static bool HasListeners => Source.HasListeners();

    internal static Activity? Begin(ClientRequest request)
    {
        if (!Source.HasListeners())
            return null;

        Activity? caller = Activity.Current;
        Activity? span = Source.StartActivity(ClientRequestNames.KindOf(request));
        Activity.Current = caller;
        return span;
    }

    internal static void End(Activity? span, ClientOutcome? outcome)
    {
        if (span is null)
            return;

        string name = ClientRequestNames.Of(outcome);
        span.SetTag("orleansshards.outcome", name);
        if (outcome is ClientOutcome.NotApplied or ClientOutcome.Unknown)
            span.SetTag("error.type", name).SetStatus(ActivityStatusCode.Error);

        Activity? current = Activity.Current;
        span.Stop();
        Activity.Current = current;
    }

    /// <summary>
    /// Begins an attempt of a request, which becomes the current span. For asynchronous methods, whose end restores the one before.
    /// </summary>
    internal static Activity? BeginAttempt(Activity? request, NodeAddress to, Message message)
    {
        if (request is null)
            return null;

        Activity.Current = request;
        Activity? attempt = Source.StartActivity("attempt", ActivityKind.Client);
        attempt?.SetTag("orleansshards.node", to.ToString())
            .SetTag("orleansshards.request", RequestKinds.Of(message));
        DistributedContextPropagator.Current.Inject(
            attempt ?? request, null, static (_, name, value) => RequestContext.Set(name, value));
        return attempt;
    }

    internal static void EndAttempt(Activity? attempt, string? failure)
    {
        if (attempt is null)
            return;

        if (failure is not null)
            attempt.SetTag("error.type", failure).SetStatus(ActivityStatusCode.Error);

        attempt.Stop();
    }
}
