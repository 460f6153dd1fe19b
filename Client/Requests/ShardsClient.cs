using Microsoft.Extensions.Options;
using OrleansShards.Client.Connecting;
using OrleansShards.Client.Routing;

namespace OrleansShards.Client.Requests;

internal sealed class ShardsClient : KeyCalls, IShardsClient
{
    private readonly RequestTracker _tracker;
    private readonly ClusterConnection _connection;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _deadline;

    public ShardsClient(
        RequestTracker tracker,
        ClusterConnection connection,
        PrimaryNews news,
        IOptions<ShardsClientOptions> options,
        TimeProvider clock)
    {
        _tracker = tracker;
        _connection = connection;
        _clock = clock;
        _deadline = options.Value.Deadline;
        news.Changed += changed => PrimaryChanged?.Invoke(this, changed);
    }

    public event EventHandler<PrimaryChanged>? PrimaryChanged;

    public Task ConnectedAsync(CancellationToken cancellationToken) => _connection.Connected.WaitAsync(cancellationToken);

    public IShardsSession OpenSession(string clientId, long lastSequence)
    {
        ArgumentException.ThrowIfNullOrEmpty(clientId);
        return lastSequence >= 0
            ? new ShardsSession(_tracker, _clock, _deadline, clientId, lastSequence)
            : throw new ArgumentException($"{lastSequence} is no number that was used; expected 0 or more", nameof(lastSequence));
    }

    protected override Task<KeyResult> AskAsync(KeyCommand command, CallOptions? call, CancellationToken cancellationToken) =>
        call?.Sequence is null
            ? RunAsync(command, call, cancellationToken)
            : throw new ArgumentException("Sequence is set; expected that only in a session", nameof(call));

    private async Task<KeyResult> RunAsync(KeyCommand command, CallOptions? call, CancellationToken cancellationToken)
    {
        ClientRequest.OnKey request = new(command, call?.Shard, SessionTag.None);
        ClientOutcome outcome = await _tracker.AskAsync(request, call?.Deadline ?? _deadline, cancellationToken)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        return KeyOutcome.ResultOf(outcome, command.Verb, SessionTag.None);
    }
}
