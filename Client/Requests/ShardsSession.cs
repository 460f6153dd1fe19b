using System.Diagnostics.CodeAnalysis;
using OrleansShards.Client.Routing;

namespace OrleansShards.Client.Requests;

/// <summary>Sends one request at a time, so that sequence numbers arrive in order.</summary>
[SuppressMessage(
    "Design", "CA1001", Justification = "Only a semaphore's wait handle needs disposing of, and it is never asked for.")]
internal sealed class ShardsSession(
    RequestTracker tracker, TimeProvider clock, TimeSpan deadline, string clientId, long lastSequence)
    : KeyCalls, IShardsSession
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private long _last = lastSequence;

    /// <summary>The highest number that may have been sent, by this process or an earlier one.</summary>
    private long _sent = lastSequence;

    public string ClientId => clientId;

    public long LastSequence => Volatile.Read(ref _last);

    public long ReserveSequence() => Interlocked.Increment(ref _last);

    protected override Task<KeyResult> AskAsync(KeyCommand command, CallOptions? call, CancellationToken cancellationToken) =>
        call?.Sequence is not { } sequence || (sequence > 0 && sequence <= LastSequence)
            ? WaitAndRunAsync(command, call, cancellationToken)
            : throw new ArgumentException(
                $"Sequence is {sequence}; expected one that was reserved or used before, 1 to {LastSequence}", nameof(call));

    private async Task<KeyResult> WaitAndRunAsync(KeyCommand command, CallOptions? call, CancellationToken cancellationToken)
    {
        TimeSpan limit = call?.Deadline ?? deadline;
        long startedAt = clock.GetTimestamp();
        if (!await _turn.WaitAsync(limit, cancellationToken).ConfigureAwait(false))
            return Unsent(call, $"an earlier request of session {clientId} has not ended in time");

        TimeSpan left = limit - clock.GetElapsedTime(startedAt);
        if (left <= TimeSpan.Zero)
        {
            _turn.Release();
            return Unsent(call, $"an earlier request of session {clientId} took all the time");
        }

        // The request keeps the turn until it ends, even if its caller has stopped waiting.
        return await RunAsync(command, call, left, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<KeyResult> RunAsync(KeyCommand command, CallOptions? call, TimeSpan left, CancellationToken cancellationToken)
    {
        try
        {
            long sequence = call?.Sequence ?? ReserveSequence();
            bool isRepetition = sequence <= _sent;
            _sent = Math.Max(_sent, sequence);
            SessionTag session = new(SessionKind.Client, clientId, sequence);
            ClientRequest.OnKey request = new(command, call?.Shard, session);
            ClientOutcome outcome = await tracker.AskAsync(request, left, cancellationToken).ConfigureAwait(false);
            KeyResult result = KeyOutcome.ResultOf(outcome, command.Verb, session);
            return isRepetition ? Doubted(result) : result;
        }
        finally
        {
            _turn.Release();
        }
    }

    private KeyResult Unsent(CallOptions? call, string why)
    {
        KeyResult.NotApplied result = new(why, MayHelpToRepeat: true);
        return call?.Sequence <= Volatile.Read(ref _sent) ? Doubted(result) : result;
    }

    /// <summary>If a repetition was not delivered, the outcome of the first call is still unknown.</summary>
    private static KeyResult Doubted(KeyResult result) => result is KeyResult.NotApplied failure
        ? new KeyResult.Unknown($"sent before with an outcome that is not known; this time: {failure.Reason}")
        : result;
}
