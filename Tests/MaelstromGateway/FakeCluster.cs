using System.Collections.Concurrent;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>
/// A cluster that is a dictionary, with a loop of its own. A test may take over with <see cref="Answer"/>: what that
/// answers null for stays under way until <see cref="Complete"/>.
/// </summary>
internal sealed class FakeCluster : IClusterClient
{
    private readonly BlockingCollection<Action> _turns = [];
    private readonly Dictionary<KeyText, JsonText> _values = [];
    private readonly List<(ClientRequest Request, TimeSpan Deadline, IOutcomeReceiver Receiver)> _open = [];
    private readonly Thread _thread;

    internal FakeCluster()
    {
        Answer = Keys;
        _thread = new Thread(Run) { IsBackground = true, Name = "fake" };
        _thread.Start();
    }

    /// <summary>What a request is answered with; null leaves it under way. In a router's turn.</summary>
    internal Func<ClientRequest, ClientOutcome?> Answer { get; set; }

    /// <summary>What has been asked so far, with the deadlines.</summary>
    internal ConcurrentQueue<(ClientRequest Request, TimeSpan Deadline)> Asked { get; } = new();

    public bool IsDisposed { get; private set; }

    public void Post(Action turn) => _turns.Add(turn);

    public void Submit(ClientRequest request, TimeSpan deadline, IOutcomeReceiver receiver)
    {
        Assert.Same(_thread, Thread.CurrentThread);
        Asked.Enqueue((request, deadline));
        if (Answer(request) is { } outcome)
            Post(() => receiver.Completed(outcome));
        else
            _open.Add((request, deadline, receiver));
    }

    /// <summary>Ends every request under way that <paramref name="which"/> is true for.</summary>
    internal void Complete(Func<ClientRequest, bool> which, ClientOutcome outcome) => Post(() =>
    {
        foreach (var open in _open.Where(open => which(open.Request)).ToArray())
        {
            _open.Remove(open);
            open.Receiver.Completed(outcome);
        }
    });

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        _turns.CompleteAdding();
        return ValueTask.CompletedTask;
    }

    /// <summary>Reads and writes, whatever the shard and the session.</summary>
    internal ClientOutcome? Keys(ClientRequest request)
    {
        if (request is not ClientRequest.OnKey { Command: var command })
            return new ClientOutcome.NotApplied("the fake knows only keys", null);

        var key = KeyText.From(command.Key);
        bool exists = _values.TryGetValue(key, out JsonText value);
        switch (command.Verb)
        {
            case KeyVerb.Read when exists:
                return Done(value);
            case KeyVerb.Write:
                _values[key] = command.Value;
                return Done(default);
            case KeyVerb.Delete when exists:
                _values.Remove(key);
                return Done(default);
            case KeyVerb.CompareAndSet when exists && !JsonCanonical.Equal(value, command.Expected):
                return new ClientOutcome.Rejected(new KeyReply(KeyVerdict.Differs, value));
            case KeyVerb.CompareAndSet when exists || command.CreateIfAbsent:
                _values[key] = command.Value;
                return Done(default);
            default:
                return new ClientOutcome.Rejected(new KeyReply(KeyVerdict.Absent, default));
        }
    }

    internal static ClientOutcome Applied(Message reply) => new ClientOutcome.Applied(reply);

    internal static ClientOutcome Refused(ShardRefusalKind kind, string? owner = null) => new ClientOutcome.Rejected(
        new ShardRefusal(kind, "said the fake", owner is null ? null : new GroupId(owner), new Epoch(1)));

    private static ClientOutcome Done(JsonText value) => Applied(new KeyReply(KeyVerdict.Done, value));

    private void Run()
    {
        foreach (Action turn in _turns.GetConsumingEnumerable())
            turn();
    }
}
