using OrleansShards.Grains.Placement;

namespace OrleansShards.Grains.Nodes;

/// <summary>
/// A node of a group. When the silo where it belongs is another one (it has come back, or has just joined), it migrates
/// there.
/// </summary>
internal abstract class HomingGrain(NodeServices services, GroupHomes homes, ISiloStatusOracle silos)
    : NodeGrain(services)
{
    /// <summary>
    /// How long it has to belong elsewhere: silos that start and stop in a row do not make it wander with each.
    /// </summary>
    private static readonly TimeSpan AwayLimit = TimeSpan.FromSeconds(5);

    private long _homeAt;

    /// <inheritdoc />
    protected override void Ticked()
    {
        long now = Services.Clock.GetTimestamp();
        if (_homeAt == 0 || IsHome())
        {
            _homeAt = now;
        }
        else if (Services.Clock.GetElapsedTime(_homeAt, now) > AwayLimit)
        {
            MigrateOnIdle();
        }
    }

    private bool IsHome()
    {
        var active = silos.GetActiveSilos();
        return !active.Contains(silos.SiloAddress)
            || homes.Find(this.GetPrimaryKeyString(), active).Equals(silos.SiloAddress);
    }
}
