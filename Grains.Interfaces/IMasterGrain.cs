namespace OrleansShards.Grains.Interfaces;

/// <summary>The cluster's first master, keyed by its name: primary from the founding on, until the log says otherwise.</summary>
[Alias("OrleansShards.IMasterGrain")]
public interface IMasterGrain : IMasterRole;
