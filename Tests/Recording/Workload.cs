using OrleansShards.Client.Routing;
using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Workload;

namespace OrleansShards.Tests.Recording;

/// <summary>Several workers a client, and the reading of all keys when they have ended.</summary>
internal sealed class Workload
{
    internal const int WorkersAClient = 4;

    private const int FinalReader = 1_000;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan ReadDeadline = TimeSpan.FromSeconds(30);

    private readonly IReadOnlyList<IAsker> _clients;
    private readonly Recorder _recorder;
    private readonly Task _workers;
    private readonly int _round;
    private volatile bool _isOver;

    /// <summary>Begins.</summary>
    /// <param name="clients">What its workers ask through.</param>
    /// <param name="recorder">Where all of it is written down.</param>
    /// <param name="seed">What they do, as far as that depends on chance.</param>
    /// <param name="round">Which keys they use, and in which sessions.</param>
    internal Workload(IReadOnlyList<IAsker> clients, Recorder recorder, int seed, int round = 0)
    {
        _clients = clients;
        _recorder = recorder;
        _round = round;
        _workers = Task.WhenAll(Enumerable.Range(0, clients.Count * WorkersAClient)
            .Select(number => Task.Run(() => new Worker(number, clients, recorder, seed, round).RunAsync(() => !_isOver))));
    }

    /// <summary>Ends when the workers have, which they do not before they are told to, unless one of them fails.</summary>
    internal Task Failed => _workers;

    /// <summary>
    /// Ends the workers, and reads every key through every client. Answers what the first one saw; null is an absent key.
    /// </summary>
    internal async Task<IReadOnlyDictionary<string, string?>> EndAsync()
    {
        Stop();
        await _workers.WaitAsync(EndLimit);
        Dictionary<string, string?> finals = new(StringComparer.Ordinal);
        foreach (IAsker client in _clients)
        {
            foreach (string key in Worker.KeysOf(_round))
            {
                string? value = await ReadAsync(client, key);
                finals.TryAdd(key, value);
            }
        }

        return finals;
    }

    /// <summary>Tells the workers to end when the outcome of what they have under way is known.</summary>
    internal void Stop() => _isOver = true;

    private async Task<string?> ReadAsync(IAsker client, string key)
    {
        KeyCommand command = KeyOperation.Read(key);
        int index = _recorder.Begin(FinalReader, key, command);
        KeyReply? answer = null;
        ClientOutcome? outcome = null;
        await Condition.HoldsAsync(
            async () =>
            {
                outcome = await client.AskAsync(new ClientRequest.OnKey(command, null, SessionTag.None), ReadDeadline);
                answer = outcome switch
                {
                    ClientOutcome.Applied { Reply: KeyReply found } => found,
                    ClientOutcome.Rejected { Reply: KeyReply absent } => absent,
                    _ => null,
                };
                return answer is not null;
            },
            () => $"{key} can be read after everything was healed; last: {outcome}");
        KeyReply reply = answer!;
        _recorder.End(index, reply);
        return reply.Value.Span.IsEmpty ? null : reply.Value.ToString();
    }
}
