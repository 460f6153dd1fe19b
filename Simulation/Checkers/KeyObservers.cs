using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Counts, for each state of a key, the operations that can tell it from the state before: those that a change to that
/// state may be needed for.
/// </summary>
internal sealed class KeyObservers(int states)
{
    private readonly int[] _ofState = new int[states];
    private int _ofPresence;

    /// <summary>
    /// Whether the operation's effect can be left out of every linearization, the operation itself not among those
    /// counted here. Say it takes the key from state p to s, and q is the next operation that changes the state. Between
    /// them, and in q, nobody observes s, so: nothing that answered between them depends on s, as every answer to a
    /// read, a delete or a compare-and-set does; q is a write, or an open delete. Without the operation the
    /// state is p up to q: open operations in between that would now find their expected state may as well never happen,
    /// q as a write does the same at p, q as an open delete does the same or never happens. So the rest of a
    /// linearization is a linearization of the rest. (Of one that was answered: dropping it drops its own constraint, and
    /// an order in real time without it is still one.)
    /// </summary>
    internal bool IsUnobserved(in KeyStep step) =>
        step.IsPure
        || (_ofState[step.Effect] == 0 && (step.Effect == KeyStep.Absent || _ofPresence == 0));

    internal void Add(in KeyStep step) => Count(step, 1);

    internal void Remove(in KeyStep step) => Count(step, -1);

    private void Count(in KeyStep step, int change)
    {
        switch (step.Action)
        {
            case KeyAction.Read:
                OfState(step.Result == OperationResult.Absent ? KeyStep.Absent : step.Found, change);
                break;
            case KeyAction.CompareAndSet:
                CountCompareAndSet(step, change);
                break;
            case KeyAction.Delete when step.Result == OperationResult.Absent:
                OfState(KeyStep.Absent, change);
                break;
            case KeyAction.Delete when step.Result == OperationResult.Done:
                _ofPresence += change;
                break;
            case KeyAction.Delete or KeyAction.Write:
                break;
        }
    }

    private void CountCompareAndSet(in KeyStep step, int change)
    {
        switch (step.Result)
        {
            case OperationResult.Absent:
                OfState(KeyStep.Absent, change);
                break;
            case OperationResult.Differs when step.Found == KeyStep.None:
                // It tells its expected state from others, of which each will do.
                _ofPresence += change;
                break;
            case OperationResult.Differs:
                OfState(step.Found, change);
                break;
            case OperationResult.Done or OperationResult.Unknown:
                OfState(step.Expected, change);
                OfState(step.CreateIfAbsent ? KeyStep.Absent : KeyStep.None, change);
                break;
        }
    }

    private void OfState(int state, int change)
    {
        if (state != KeyStep.None)
        {
            _ofState[state] += change;
        }
    }
}
