using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Workload;

/// <summary>After the healing, reads every key through every gateway, then writes registers: all of it has to succeed in the end.</summary>
internal sealed class Verifier(World world, GatewayCalls calls, Ledger ledger)
{
    internal const int Process = 1_000;
    private const long Pause = 50_000;

    private readonly Rng _draws = world.Options.Stream("verifier");
    private readonly Queue<(NodeAddress Gateway, string Key, KeyCommand Command)> _work = new();

    /// <summary>What the keys held after the clients' last operations, before the verifier's own writes.</summary>
    internal Dictionary<string, string?> Finals { get; } = new(StringComparer.Ordinal);

    internal bool IsDone { get; private set; }

    internal string State { get; private set; } = "";

    internal void Start()
    {
        foreach (NodeAddress gateway in calls.Gateways)
            AddReads(gateway, writes: false);

        AddReads(calls.Gateways[0], writes: true);
        Next();
    }

    private void AddReads(NodeAddress gateway, bool writes)
    {
        foreach (KeyKind kind in Enum.GetValues<KeyKind>())
        {
            for (int number = 0; number < world.Options["keys"]; number++)
            {
                string key = ClientProcess.Key(kind, number);
                if (writes && kind == KeyKind.Register)
                    _work.Enqueue((gateway, key, KeyOperation.Write(key, ledger.NextValue())));

                _work.Enqueue((gateway, key, KeyOperation.Read(key)));
            }
        }
    }

    private void Next()
    {
        if (_work.TryDequeue(out (NodeAddress Gateway, string Key, KeyCommand Command) next))
            Attempt(next.Gateway, ledger.Invoke(Process, next.Key, next.Command, SessionTag.None, world.Now));
        else
            IsDone = true;
    }

    private void Attempt(NodeAddress gateway, KeyOperation operation)
    {
        State = $"{operation.Command.Verb} of {operation.Key} through {gateway}";
        if (!calls.Ask(gateway, operation.Request, world.Options["request-ms"], outcome => OnReply(gateway, operation, outcome)))
            Retry(gateway, operation);
    }

    private void OnReply(NodeAddress gateway, KeyOperation operation, ClientOutcome? outcome)
    {
        switch (outcome)
        {
            case ClientOutcome.Applied { Reply: KeyReply reply }:
                End(operation, OperationResult.Done, KeyOperation.TextOf(reply.Value));
                break;
            case ClientOutcome.Rejected { Reply: KeyReply { Verdict: KeyVerdict.Absent } }:
                End(operation, OperationResult.Absent, null);
                break;
            case ClientOutcome.NotApplied refusal:
                State = $"{operation.Command.Verb} of {operation.Key} through {gateway}: {refusal.Text}";
                Retry(gateway, operation);
                break;
            case ClientOutcome.Unknown or null:
                // A repeated write has the same value, and nobody else writes meanwhile: twice is the same as once.
                Retry(gateway, operation);
                break;
            default:
                throw new ViolationException("outcomes-make-sense", $"{operation.Command}: {outcome}");
        }
    }

    private void End(KeyOperation operation, OperationResult result, string? found)
    {
        ledger.History.Return(operation.Index, world.Now, result, found);
        if (operation.IsRead)
            Finals.TryAdd(operation.Key, found);

        Next();
    }

    private void Retry(NodeAddress gateway, KeyOperation operation) =>
        world.After(_draws.Between(0, Pause), () => Attempt(gateway, operation));
}
