namespace OrleansShards.Grains.Interfaces;

/// <summary>
/// The cluster's second master, keyed by its name: the hot standby from the founding on, until the log says otherwise.
/// Placed on another silo than the first where there are two.
/// </summary>
[Alias("OrleansShards.IShadowGrain")]
public interface IShadowGrain : IMasterRole;
