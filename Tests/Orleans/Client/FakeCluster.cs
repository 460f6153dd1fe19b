using OrleansShards.Client.Routing;
using OrleansShards.Core.Shards;
using IClusterClient = OrleansShards.Client.Routing.IClusterClient;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>A cluster that answers when the test says so. What is posted runs at once: what was sent is seen at once.</summary>
internal sealed class FakeCluster : IClusterClient
{
    private readonly Lock _gate = new();
    private readonly List<(ClientRequest Request, TimeSpan Deadline, IOutcomeReceiver Receiver)> _received = [];

    internal static ClientOutcome Done { get; } = new ClientOutcome.Applied(new KeyReply(KeyVerdict.Done, default));

    internal IReadOnlyList<ClientRequest> Received
    {
        get
        {
            lock (_gate)
                return [.. _received.Select(static one => one.Request)];
        }
    }

    internal IEnumerable<long> Sequences =>
        Received.OfType<ClientRequest.OnKey>().Select(static request => request.Session.Sequence);

    public void Post(Action turn) => turn();

    public void Submit(ClientRequest request, TimeSpan deadline, IOutcomeReceiver receiver)
    {
        lock (_gate)
            _received.Add((request, deadline, receiver));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal TimeSpan DeadlineOf(int number) => _received[number].Deadline;

    /// <summary>Ends a request, by the order in which they came.</summary>
    internal void Answer(int number, ClientOutcome outcome)
    {
        IOutcomeReceiver receiver;
        lock (_gate)
            receiver = _received[number].Receiver;

        receiver.Completed(outcome);
    }
}
