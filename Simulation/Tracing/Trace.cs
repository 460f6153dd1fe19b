namespace OrleansShards.Simulation.Tracing;

/// <summary>
/// Writes a run down, a line for each thing that happens: when, to whom, what, and what it led to. The same run gives
/// the same text to the byte.
/// </summary>
internal sealed class Trace(TextWriter to)
{
    /// <summary>The moment that the lines are stamped with.</summary>
    internal Func<long> Clock { get; set; } = static () => 0;

    /// <summary>Whether ticks, flushes and heartbeats that lead to nothing are left out.</summary>
    internal bool SkipsIdle { get; init; } = true;

    internal void Note(string text) => Line($"**** {text}");

    internal void Stepped(NodeRun run, Event happened, IReadOnlyList<Effect> effects)
    {
        if (SkipsIdle && effects.Count == 0 && happened is Event.Tick or Event.Flush)
            return;

        Line($"{run} <- {Wording.Of(happened)}");
        foreach (Effect effect in effects)
        {
            to.Write("                 -> ");
            to.Write(Wording.Of(effect));
            to.Write('\n');
        }
    }

    internal void Stored(NodeRun run, StoreRequest.Put put, PutOutcome outcome, LogTruth log)
    {
        string what = outcome == PutOutcome.Stored && log.Last is { } last && last.After.Index == put.Index
            ? $"{last.Kind}, term {last.After.Term}, {last.Entries.Count} entries"
            : $"{put.Record.Length} bytes";
        Line($"store: {put.Log} {put.Index} of {run}: {outcome} ({what})");
    }

    private void Line(string text)
    {
        to.Write((Clock() / 1_000_000m).ToString("0.000000", CultureInfo.InvariantCulture).PadLeft(11));
        to.Write("  ");
        to.Write(text);
        to.Write('\n');
    }
}
