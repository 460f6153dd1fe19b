namespace OrleansShards.Simulation.Drawing;

/// <summary>How an option is drawn.</summary>
public readonly struct OptionDraw
{
    private readonly Rng _rng;

    internal OptionDraw(Rng rng) => _rng = rng;

    /// <summary>Evenly from a range, both ends included.</summary>
    public long Between(long min, long max) => _rng.Between(min, max);

    /// <summary>From a range, each order of magnitude as likely as the others.</summary>
    public long Spread(long min, long max) => _rng.Spread(min, max);

    /// <summary>
    /// A fault's rate or number: absent in half of all runs (a swarm: one fault can hide another), else spread.
    /// </summary>
    public long Sometimes(long min, long max) => _rng.Chance(Rng.Million / 2) ? _rng.Spread(min, max) : 0;

    /// <summary>One of two with even chances.</summary>
    public long Either(long one, long other) => _rng.Chance(Rng.Million / 2) ? one : other;
}
