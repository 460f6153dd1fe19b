using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Faults;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Workload;

/// <summary>A client with one request at a time. With a session it mostly repeats a request until its outcome is known.</summary>
internal sealed class ClientProcess(World world, GatewayCalls calls, Ledger ledger, int number)
{
    private const long RetryPauseMax = 200_000;

    private readonly Rng _draws = world.Options.Stream($"client {number}");
    private readonly bool _hasSession = world.Options["sessions"] == 1 || (world.Options["sessions"] == 2 && number % 2 == 0);
    private readonly Dictionary<string, string?> _seen = new(StringComparer.Ordinal);
    private NodeAddress _gateway = calls.Gateways[number % calls.Gateways.Count];
    private long _sequence;
    private string _waitsFor = "";

    internal bool IsIdle { get; private set; } = true;

    internal string State => IsIdle ? "idle" : $"client {number} waits for {_waitsFor}";

    /// <summary>Begins; no request begins after the healing.</summary>
    internal void Start() => world.After(_draws.Between(0, world.Options["think-ms"] * 1_000), Next);

    private void Next()
    {
        if (world.IsHealed)
            return;

        IsIdle = false;
        KeyKind kind = (KeyKind)_draws.Below(3);
        string key = Key(kind, _draws.Below((int)world.Options["keys"]));
        KeyCommand command = Choose(kind, key);
        SessionTag session = _hasSession ? new SessionTag(SessionKind.Client, $"c{number}", ++_sequence) : SessionTag.None;
        KeyOperation operation = ledger.Invoke(number, key, command, session, world.Now);
        _waitsFor = $"{command.Verb} of {key}";
        Attempt(operation);
    }

    internal static string Key(KeyKind kind, int index) => $"{char.ToLowerInvariant(kind.ToString()[0])}{index}";

    internal static KeyKind KindOf(string key) => key[0] switch
    {
        'r' => KeyKind.Register,
        'c' => KeyKind.Counter,
        'l' => KeyKind.List,
        _ => throw new ArgumentException($"'{key}' is no client's key", nameof(key)),
    };

    private KeyCommand Choose(KeyKind kind, string key)
    {
        string? seen = _seen.GetValueOrDefault(key);
        int choice = _draws.Below(10);
        switch (kind)
        {
            case KeyKind.Register when choice < 4:
                return KeyOperation.Read(key);
            case KeyKind.Register when choice < 7:
                return KeyOperation.Write(key, ledger.NextValue());
            case KeyKind.Register when choice < 9 || world.Options["deletes"] == 0:
                return KeyOperation.CompareAndSet(key, seen ?? "0", ledger.NextValue(), createIfAbsent: choice == 8);
            case KeyKind.Register:
                return KeyOperation.Delete(key);
            case KeyKind.Counter when choice < 2:
                return KeyOperation.Read(key);
            case KeyKind.Counter:
                long count = seen is null ? 0 : long.Parse(seen, CultureInfo.InvariantCulture);
                return KeyOperation.CompareAndSet(key, seen ?? "0", (count + 1).ToString(CultureInfo.InvariantCulture), count == 0);
            case KeyKind.List when choice < 3:
                return KeyOperation.Read(key);
            default:
                string list = seen ?? "[]";
                string longer = $"{list[..^1]}{(list == "[]" ? "" : ",")}{ledger.NextValue()}]";
                return KeyOperation.CompareAndSet(key, list, longer, createIfAbsent: list == "[]");
        }
    }

    private void Attempt(KeyOperation operation)
    {
        operation.Attempts++;
        if (!calls.Ask(_gateway, operation.Request, world.Options["request-ms"], outcome => OnReply(operation, outcome)))
        {
            _gateway = _draws.Pick(calls.Gateways);
            OnRefused(operation);
        }
    }

    private void OnReply(KeyOperation operation, ClientOutcome? outcome)
    {
        switch (outcome)
        {
            case ClientOutcome.Applied { Reply: KeyReply reply }:
                End(operation, OperationResult.Done, reply);
                break;
            case ClientOutcome.Rejected { Reply: KeyReply { Verdict: KeyVerdict.Absent or KeyVerdict.Differs } reply }:
                End(operation, reply.Verdict == KeyVerdict.Absent ? OperationResult.Absent : OperationResult.Differs, reply);
                break;
            case ClientOutcome.NotApplied when IsRefusalDefinite(operation):
                OnRefused(operation);
                break;
            case ClientOutcome.NotApplied or ClientOutcome.Unknown or null:
                OnUnknown(operation);
                break;
            default:
                throw new ViolationException(
                    "outcomes-make-sense", $"client {number}: {operation.Command} in {operation.Session}: {outcome}");
        }
    }

    // Definite refusals presume at-most-once delivery, which Orleans guarantees. If the network duplicates a call, one copy may
    // be refused and the other carried out later: then only the refusal of a read is definite.
    private bool IsRefusalDefinite(KeyOperation operation) => operation.IsRead || world.Options["net.duplicate-ppm"] == 0;

    private void End(KeyOperation operation, OperationResult result, KeyReply reply)
    {
        string? found = KeyOperation.TextOf(reply.Value);
        ledger.History.Return(operation.Index, world.Now, result, found);
        world.Statistics.Operations++;
        world.Statistics.Repeated += operation.Attempts > 1 ? 1 : 0;
        _seen[operation.Key] = operation.Command.Verb switch
        {
            _ when result == OperationResult.Absent => null,
            _ when result == OperationResult.Differs => found,
            KeyVerb.Read => found,
            KeyVerb.Delete => null,
            _ => operation.Command.Value.ToString(),
        };
        Rest();
    }

    private void OnRefused(KeyOperation operation)
    {
        if (operation.IsDoubtful)
        {
            Retry(operation);
            return;
        }

        ledger.History.Forget(operation.Index);
        world.Statistics.Refused++;
        Rest();
    }

    private void OnUnknown(KeyOperation operation)
    {
        operation.IsDoubtful = true;
        if (operation.HasSession && (world.IsHealed || !_draws.Chance(Rng.Million / 20)))
        {
            Retry(operation);
            return;
        }

        world.Count(FaultKind.ClientGaveUp);
        if (operation.IsRead)
            ledger.History.Forget(operation.Index);

        world.Statistics.Open++;
        Rest();
    }

    private void Retry(KeyOperation operation)
    {
        if (_draws.Chance(Rng.Million / 2) && calls.Gateways.Count > 1)
        {
            world.Count(FaultKind.GatewayChanged);
            _gateway = _draws.Pick(calls.Gateways);
        }

        world.After(_draws.Between(0, RetryPauseMax), () => Attempt(operation));
    }

    private void Rest()
    {
        IsIdle = true;
        Start();
    }
}
