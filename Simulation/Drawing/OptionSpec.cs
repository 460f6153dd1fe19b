namespace OrleansShards.Simulation.Drawing;

/// <summary>One thing that is drawn for a run.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Calm">The value that makes a run simplest: what shrinking tries.</param>
/// <param name="Text">For people, with the unit.</param>
/// <param name="Draw">Draws it, from a stream of its own.</param>
public sealed record OptionSpec(string Name, long Calm, string Text, Func<OptionDraw, long> Draw)
{
    /// <summary>The least value that it may be set to by hand.</summary>
    public long Min { get; init; }

    /// <summary>
    /// The greatest value that it may be set to by hand. A million by default: rates are so many of a million, and no
    /// number or time beyond it makes sense in a run.
    /// </summary>
    public long Max { get; init; } = 1_000_000;
}
