using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Faults;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Workload;

/// <summary>
/// A client with one request at a time. With a session it repeats a request whose outcome is not known, through the
/// same gateway or another, until it knows, or (seldom) gives up and goes on with the next number.
/// </summary>
internal sealed class ClientProcess
{
    private const long RetryPauseMax = 200_000;

    private readonly World _world;
    private readonly GatewayCalls _calls;
    private readonly Ledger _ledger;
    private readonly Rng _draws;
    private readonly int _number;
    private readonly string? _session;
    private readonly IReadOnlyList<NodeAddress> _gateways;
    private readonly Dictionary<string, string?> _seen = new(StringComparer.Ordinal);
    private NodeAddress _gateway;
    private long _sequence;

    internal ClientProcess(World world, GatewayCalls calls, Ledger ledger, IReadOnlyList<NodeAddress> gateways, int number)
    {
        _world = world;
        _calls = calls;
        _ledger = ledger;
        _number = number;
        _gateways = gateways;
        _draws = world.Options.Stream($"client {number}");
        _gateway = gateways[number % gateways.Count];
        long sessions = world.Options["sessions"];
        _session = sessions == 1 || (sessions == 2 && number % 2 == 0) ? $"c{number}" : null;
    }

    /// <summary>Whether no request is under way.</summary>
    internal bool IsIdle { get; private set; } = true;

    internal string State => IsIdle ? "idle" : $"client {_number} waits for {_waitsFor}";

    private string _waitsFor = "";

    /// <summary>Begins, and goes on until everything is healed.</summary>
    internal void Start() => _world.After(_draws.Between(0, _world.Options["think-ms"] * 1_000), Next);

    private void Next()
    {
        if (_world.IsHealed)
            return;

        IsIdle = false;
        KeyKind kind = (KeyKind)_draws.Below(3);
        string key = Key(kind, _draws.Below((int)_world.Options["keys"]));
        KeyCommand command = Choose(kind, key);
        SessionTag session = _session is null ? SessionTag.None : new SessionTag(SessionKind.Client, _session, ++_sequence);
        KeyOperation operation = new(command, session, Record(key, command));
        _waitsFor = $"{command.Verb} of {key}";
        Attempt(operation);
    }

    internal static string Key(KeyKind kind, int number) => $"{char.ToLowerInvariant(kind.ToString()[0])}{number}";

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
                return KeyOperation.Write(key, NewValue());
            case KeyKind.Register when choice < 9 || _world.Options["deletes"] == 0:
                return KeyOperation.CompareAndSet(key, seen ?? "0", NewValue(), createIfAbsent: choice == 8);
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
                string longer = list == "[]" ? $"[{NewValue()}]" : $"{list[..^1]},{NewValue()}]";
                return KeyOperation.CompareAndSet(key, list, longer, createIfAbsent: list == "[]");
        }
    }

    private string NewValue() => _ledger.NextValue().ToString(CultureInfo.InvariantCulture);

    private int Record(string key, KeyCommand command) => _ledger.History.Invoke(
        _number,
        key,
        KeyOperation.ActionOf(command.Verb),
        command.Value.Span.IsEmpty ? null : command.Value.ToString(),
        command.Expected.Span.IsEmpty ? null : command.Expected.ToString(),
        command.CreateIfAbsent,
        _world.Now);

    private void Attempt(KeyOperation operation)
    {
        operation.Attempts++;
        if (!_calls.Ask(_gateway, operation.Request, _world.Options["request-ms"], outcome => OnReply(operation, outcome)))
        {
            _gateway = _draws.Pick(_gateways);
            NotNow(operation);
        }
    }

    private void OnReply(KeyOperation operation, ClientOutcome? outcome)
    {
        switch (outcome)
        {
            case ClientOutcome.Applied { Reply: KeyReply reply }:
                End(operation, OperationResult.Done, reply);
                break;
            case ClientOutcome.Rejected { Reply: KeyReply { Verdict: KeyVerdict.Absent } reply }:
                End(operation, OperationResult.Absent, reply);
                break;
            case ClientOutcome.Rejected { Reply: KeyReply { Verdict: KeyVerdict.Differs } reply }:
                End(operation, OperationResult.Differs, reply);
                break;
            case ClientOutcome.NotApplied when IsPromiseKept(operation):
                NotNow(operation);
                break;
            case ClientOutcome.NotApplied:
                InDoubt(operation);
                break;
            case ClientOutcome.Unknown or null:
                InDoubt(operation);
                break;
            default:
                throw new ViolationException(
                    "outcomes-make-sense", $"client {_number}: {operation.Command} in {operation.Session}: {outcome}");
        }
    }

    /// <summary>
    /// That a refused request never takes effect presumes that a call is delivered at most once, as Orleans and a host
    /// in one process deliver it. Where the network duplicates, the copy of a call that was refused may be carried out
    /// by a node that is ready by then; there a refusal of what has an effect says nothing.
    /// </summary>
    private bool IsPromiseKept(KeyOperation operation) =>
        operation.Command.Verb == KeyVerb.Read || _world.Options["net.duplicate-ppm"] == 0;

    private void End(KeyOperation operation, OperationResult result, KeyReply reply)
    {
        string? found = reply.Value.Span.IsEmpty ? null : reply.Value.ToString();
        string key = operation.Command.Key.ToString().Trim('"');
        _ledger.History.Return(operation.Index, _world.Now, result, found);
        _ledger.Ended++;
        _ledger.Repeated += operation.Attempts > 1 ? 1 : 0;
        _seen[key] = operation.Command.Verb switch
        {
            _ when result == OperationResult.Absent => null,
            _ when result == OperationResult.Differs => found,
            KeyVerb.Read => found,
            KeyVerb.Delete => null,
            _ => operation.Command.Value.ToString(),
        };
        Rest();
    }

    private void NotNow(KeyOperation operation)
    {
        if (operation.IsDoubtful)
        {
            Again(operation);
            return;
        }

        _ledger.History.Forget(operation.Index);
        _ledger.Refused++;
        Rest();
    }

    private void InDoubt(KeyOperation operation)
    {
        operation.IsDoubtful = true;
        if (operation.HasSession && (_world.IsHealed || !_draws.Chance(Rng.Million / 20)))
        {
            Again(operation);
            return;
        }

        _world.Count(FaultKind.ClientGaveUp);
        if (operation.Command.Verb == KeyVerb.Read)
            _ledger.History.Forget(operation.Index);

        _ledger.Open++;
        Rest();
    }

    private void Again(KeyOperation operation)
    {
        if (_draws.Chance(Rng.Million / 2) && _gateways.Count > 1)
        {
            _world.Count(FaultKind.GatewayChanged);
            _gateway = _draws.Pick(_gateways);
        }

        _world.After(_draws.Between(0, RetryPauseMax), () => Attempt(operation));
    }

    private void Rest()
    {
        IsIdle = true;
        Start();
    }
}

/// <summary>What clients do with a key; the first letter of its name says it.</summary>
internal enum KeyKind
{
    /// <summary>Read, written, compared and set, perhaps deleted.</summary>
    Register,

    /// <summary>Counted up by one with compare-and-set.</summary>
    Counter,

    /// <summary>A list that elements are added to with compare-and-set.</summary>
    List,
}
