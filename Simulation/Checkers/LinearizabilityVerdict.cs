namespace OrleansShards.Simulation.Checkers;

/// <summary>What a search for a linearization came to.</summary>
public enum LinearizabilityVerdict
{
    /// <summary>There is one.</summary>
    Linearizable,

    /// <summary>There is none.</summary>
    NotLinearizable,

    /// <summary>The search was given up at its limit: neither is known.</summary>
    Undecided,
}
