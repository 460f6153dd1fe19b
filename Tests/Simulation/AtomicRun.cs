using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Tests.Simulation;

/// <summary>
/// Processes at an atomic store, one step at a time: one begins an operation, one's operation takes effect, or one gets
/// its answer or gives up waiting, whereupon the operation may still take effect at any later step. So the history is
/// linearizable, by construction.
/// </summary>
internal sealed class AtomicRun
{
    private readonly Random _random;
    private readonly RunShape _shape;
    private readonly HistoryBuilder _history = new();
    private readonly Dictionary<string, string> _store = new(StringComparer.Ordinal);
    private readonly List<UnderWay?> _processes;
    private readonly List<UnderWay> _abandoned = [];
    private int _begun;
    private long _now;

    private AtomicRun(int seed, RunShape shape)
    {
        _random = new Random(seed);
        _shape = shape;
        _processes = [.. Enumerable.Repeat<UnderWay?>(null, shape.Processes)];
    }

    internal static IReadOnlyList<Operation> History(int seed, RunShape shape)
    {
        var run = new AtomicRun(seed, shape);
        while (run._begun < shape.Operations || run._processes.Any(process => process is not null))
        {
            // Now and then several events share an instant.
            run._now += run._random.Next(3) == 0 ? 0 : 1;
            run.Step();
        }

        return run._history.Operations;
    }

    private void Step()
    {
        int process = _random.Next(_processes.Count);
        UnderWay? current = _processes[process];
        if (_abandoned.Count > 0 && _random.Next(4) == 0)
        {
            UnderWay late = _abandoned[_random.Next(_abandoned.Count)];
            _abandoned.Remove(late);
            Execute(late);
        }
        else if (current is null)
        {
            Begin(process);
        }
        else if (_random.Next(1000) < _shape.OpenPerMille)
        {
            GiveUp(process, current);
        }
        else if (current.Answer is null)
        {
            _processes[process] = Execute(current);
        }
        else
        {
            _history.Return(current.Index, _now, current.Answer.Value.Result, current.Answer.Value.Found);
            _processes[process] = null;
        }
    }

    private void Begin(int process)
    {
        if (_begun++ >= _shape.Operations)
            return;

        string key = $"k{_random.Next(_shape.Keys)}";
        KeyVerb action = _random.Next(10) switch
        {
            < 4 => KeyVerb.Read,
            < 7 => KeyVerb.Write,
            < 9 => KeyVerb.CompareAndSet,
            _ => _shape.HasDeletes ? KeyVerb.Delete : KeyVerb.Read,
        };
        bool writes = action is KeyVerb.Write or KeyVerb.CompareAndSet;
        string? value = !writes ? null : _shape.Values == 0 ? $"{_begun}" : $"{_random.Next(_shape.Values)}";
        string? expected = action == KeyVerb.CompareAndSet ? Expected(key) : null;
        bool creates = expected is not null && _random.Next(4) == 0;
        int index = _history.Invoke(process, key, action, value, expected, creates, _now);
        _processes[process] = new UnderWay(
            index, new(process, key, action, value, expected, creates, 0, null, OperationResult.Unknown, null), null);
    }

    private string Expected(string key) => _shape.Values > 0
        ? $"{_random.Next(_shape.Values)}"
        : _store.GetValueOrDefault(key, "none");

    private UnderWay Execute(UnderWay operation)
    {
        string key = operation.Request.Key;
        var (result, found, after) = BruteForce.Execute(operation.Request, _store.GetValueOrDefault(key));
        if (after is null)
            _store.Remove(key);
        else
            _store[key] = after;

        return operation with { Answer = (result, found) };
    }

    private void GiveUp(int process, UnderWay operation)
    {
        _processes[process] = null;
        if (operation.Answer is null)
            _abandoned.Add(operation);
    }

    private sealed record UnderWay(int Index, Operation Request, (OperationResult Result, string? Found)? Answer);
}
