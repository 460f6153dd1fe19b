namespace OrleansShards.Simulation.Workload;

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
