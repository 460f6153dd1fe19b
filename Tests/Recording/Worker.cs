using System.Globalization;
using OrleansShards.Client.Routing;
using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Workload;

namespace OrleansShards.Tests.Recording;

/// <summary>
/// One request at a time, in a session of its own, on keys that all workers share. What is in doubt is repeated under
/// the same sequence number, through the same client or another one, until the outcome is known or (seldom) given up.
/// </summary>
/// <param name="number">Its number among all workers, and its session's name.</param>
/// <param name="clients">What it may ask through; it begins with one of them.</param>
/// <param name="recorder">Where all of it is written down.</param>
/// <param name="seed">What it does, as far as that depends on chance.</param>
/// <param name="round">Which keys: each round of a long run has its own, so that its history begins with absent ones.</param>
internal sealed class Worker(int number, IReadOnlyList<IAsker> clients, Recorder recorder, int seed, int round = 0)
{
    internal const int Registers = 12;
    internal const int Counters = 8;

    // How many operations it makes through the same client, unless that fails it: without a change of its own accord
    // nobody would ask one again that was down for a while.
    private const int AsksOne = 50;

    // An attempt may take a third of it: twice as long as a death takes to be noticed in the worst case seen.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    // Few enough for the search for linearizations: ten thousand operations a key in ten minutes.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    private readonly Random _draws = new(seed + number);
    private readonly Dictionary<string, string?> _seen = new(StringComparer.Ordinal);
    private IAsker _client = clients[number % clients.Count];
    private long _sequence;

    /// <summary>All keys of the first round, registers first.</summary>
    internal static IEnumerable<string> Keys => KeysOf(0);

    /// <summary>All keys of a round, registers first.</summary>
    internal static IEnumerable<string> KeysOf(int round) =>
    [
        .. Enumerable.Range(round * Registers, Registers).Select(static number => Key(KeyKind.Register, number)),
        .. Enumerable.Range(round * Counters, Counters).Select(static number => Key(KeyKind.Counter, number)),
    ];

    /// <summary>Asks until told to stop, and then until the last outcome is known.</summary>
    internal async Task RunAsync(Func<bool> goesOn)
    {
        using PeriodicTimer pace = new(Pace);
        while (goesOn())
        {
            await OnceAsync(pace);
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static string Key(KeyKind kind, int number) => ClientProcess.Key(kind, number);

    private async Task OnceAsync(PeriodicTimer pace)
    {
        if (_draws.Next(AsksOne) == 0)
            _client = clients[_draws.Next(clients.Count)];

        string key = Key(KeyKind.Register, (round * Registers) + _draws.Next(Registers));
        KeyCommand command = OnRegister(key);
        if (_draws.Next(5) < 2)
        {
            key = Key(KeyKind.Counter, (round * Counters) + _draws.Next(Counters));
            command = OnCounter(key);
        }

        bool isPlain = command.Verb == KeyVerb.Read && _draws.Next(2) == 0;
        SessionTag session = isPlain
            ? SessionTag.None
            : new SessionTag(SessionKind.Client, $"w{number}{(round == 0 ? "" : $" of round {round}")}", ++_sequence);
        int index = recorder.Begin(number, key, command);
        if (await UntilKnownAsync(new ClientRequest.OnKey(command, null, session), pace) is { } outcome)
            End(index, key, command, outcome);
        else
            recorder.LeaveOpen();
    }

    /// <summary>The outcome; null where it was given up in doubt.</summary>
    private async Task<ClientOutcome?> UntilKnownAsync(ClientRequest request, PeriodicTimer pace)
    {
        for (bool isDoubtful = false; ; isDoubtful = true)
        {
            ClientOutcome outcome = await _client.AskAsync(request, Deadline);
            if (outcome is ClientOutcome.Applied or ClientOutcome.Rejected || (outcome is ClientOutcome.NotApplied && !isDoubtful))
                return outcome;

            if (_draws.Next(20) == 0)
                return null;

            recorder.Repeat();
            _client = clients[_draws.Next(clients.Count)];
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private void End(int index, string key, KeyCommand command, ClientOutcome outcome)
    {
        switch (outcome)
        {
            case ClientOutcome.Applied { Reply: KeyReply reply }:
                recorder.End(index, reply);
                _seen[key] = command.Verb switch
                {
                    KeyVerb.Read => reply.Value.ToString(),
                    KeyVerb.Delete => null,
                    KeyVerb.Write or KeyVerb.CompareAndSet => command.Value.ToString(),
                };
                break;
            case ClientOutcome.Rejected { Reply: KeyReply { Verdict: KeyVerdict.Differs, Value.Span.IsEmpty: true } reply }:
                // Not every protocol tells what there is instead.
                recorder.End(index, reply);
                _seen.Remove(key);
                break;
            case ClientOutcome.Rejected { Reply: KeyReply reply }:
                recorder.End(index, reply);
                _seen[key] = reply.Value.Span.IsEmpty ? null : reply.Value.ToString();
                break;
            case ClientOutcome.NotApplied:
                recorder.Forget(index);
                _client = clients[_draws.Next(clients.Count)];
                break;
            default:
                throw new InvalidOperationException($"{command} of worker {number} ended with {outcome}");
        }
    }

    private KeyCommand OnRegister(string key) => _draws.Next(10) switch
    {
        < 4 => KeyOperation.Read(key),
        < 7 => KeyOperation.Write(key, recorder.NextValue()),
        < 9 => KeyOperation.CompareAndSet(
            key, _seen.GetValueOrDefault(key) ?? "0", recorder.NextValue(), createIfAbsent: _draws.Next(2) == 0),
        _ => KeyOperation.Delete(key),
    };

    private KeyCommand OnCounter(string key)
    {
        if (_draws.Next(3) == 0 || !_seen.TryGetValue(key, out string? seen))
            return KeyOperation.Read(key);

        long count = long.Parse(seen ?? "0", CultureInfo.InvariantCulture);
        return KeyOperation.CompareAndSet(
            key, $"{count}", (count + 1).ToString(CultureInfo.InvariantCulture), createIfAbsent: count == 0);
    }
}
