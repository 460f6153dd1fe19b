using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Workload;

/// <summary>
/// After everything was healed: reads every key through every gateway, then writes and reads registers once more. All
/// of it has to succeed in the end; what it sees belongs to the history.
/// </summary>
internal sealed class Verifier(World world, GatewayCalls calls, Ledger ledger, IReadOnlyList<NodeAddress> gateways)
{
    internal const int Process = 1_000;
    private const long Pause = 50_000;

    private readonly Rng _draws = world.Options.Stream("verifier");
    private readonly Queue<(NodeAddress Gateway, string Key, KeyCommand Command)> _work = new();

    /// <summary>What keys hold when clients have ended, before anything was written for the test's own sake.</summary>
    internal Dictionary<string, string?> Finals { get; } = new(StringComparer.Ordinal);

    internal bool IsDone { get; private set; }

    internal string State { get; private set; } = "";

    internal void Start()
    {
        foreach (NodeAddress gateway in gateways)
            AddReads(gateway, writes: false);

        AddReads(gateways[0], writes: true);
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
                {
                    string value = ledger.NextValue().ToString(CultureInfo.InvariantCulture);
                    _work.Enqueue((gateway, key, KeyOperation.Write(key, value)));
                }

                _work.Enqueue((gateway, key, KeyOperation.Read(key)));
            }
        }
    }

    private void Next()
    {
        if (!_work.TryDequeue(out (NodeAddress Gateway, string Key, KeyCommand Command) next))
        {
            IsDone = true;
            return;
        }

        string? value = next.Command.Value.Span.IsEmpty ? null : next.Command.Value.ToString();
        int index = ledger.History.Invoke(Process, next.Key, KeyOperation.ActionOf(next.Command.Verb), value, null, false, world.Now);
        Attempt(next.Gateway, next.Key, new KeyOperation(next.Command, SessionTag.None, index));
    }

    private void Attempt(NodeAddress gateway, string key, KeyOperation operation)
    {
        State = $"{operation.Command.Verb} of {key} through {gateway}";
        if (!calls.Ask(gateway, operation.Request, world.Options["request-ms"], outcome => OnReply(gateway, key, operation, outcome)))
            Later(gateway, key, operation);
    }

    private void OnReply(NodeAddress gateway, string key, KeyOperation operation, ClientOutcome? outcome)
    {
        switch (outcome)
        {
            case ClientOutcome.Applied { Reply: KeyReply reply }:
                End(key, operation, OperationResult.Done, reply.Value.Span.IsEmpty ? null : reply.Value.ToString());
                break;
            case ClientOutcome.Rejected { Reply: KeyReply { Verdict: KeyVerdict.Absent } }:
                End(key, operation, OperationResult.Absent, null);
                break;
            case ClientOutcome.NotApplied refusal:
                State = $"{operation.Command.Verb} of {key} through {gateway}: {refusal.Text}";
                Later(gateway, key, operation);
                break;
            case ClientOutcome.Unknown or null:
                // A write is repeated under the same value, and nobody else writes meanwhile: once or twice is the same.
                Later(gateway, key, operation);
                break;
            default:
                throw new ViolationException("outcomes-make-sense", $"{operation.Command}: {outcome}");
        }
    }

    private void End(string key, KeyOperation operation, OperationResult result, string? found)
    {
        ledger.History.Return(operation.Index, world.Now, result, found);
        if (operation.Command.Verb == KeyVerb.Read)
            Finals.TryAdd(key, found);

        Next();
    }

    private void Later(NodeAddress gateway, string key, KeyOperation operation) =>
        world.After(_draws.Between(0, Pause), () => Attempt(gateway, key, operation));
}
