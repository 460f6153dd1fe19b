using OrleansShards.Grains.Placement;

namespace OrleansShards.Grains.Nodes;

/// <summary>
/// A node of a group. When the silo where it belongs is another one (it has come back, or has just joined), it migrates
/// there.
/// </summary>
internal abstract class PlacedGrain(NodeServices services, GroupPlacement homes, ISiloStatusOracle silos)
    : NodeGrain(services)
{
    /// <summary>
    /// How many looks in a row it has to belong elsewhere: silos that start and stop in a row do not make it wander with
    /// each.
    /// </summary>
    private const int AwayLooksMax = 5;

    // Not only when the membership changes: what groups a silo carries is known some time after it has joined.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private long _lookedAt;
    private int _awayLooks;

    /// <inheritdoc />
    protected override void Ticked()
    {
        long now = Services.Clock.GetTimestamp();
        if (Services.Clock.GetElapsedTime(_lookedAt, now) < LookInterval)
            return;

        _lookedAt = now;
        _awayLooks = IsHome() ? 0 : _awayLooks + 1;
        if (_awayLooks > AwayLooksMax)
            MigrateOnIdle();
    }

    private bool IsHome()
    {
        var active = silos.GetActiveSilos();
        return !active.Contains(silos.SiloAddress)
            || homes.Find(this.GetPrimaryKeyString(), active).Equals(silos.SiloAddress);
    }
}
