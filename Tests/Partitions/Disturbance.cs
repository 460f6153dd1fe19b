using System.Globalization;

namespace OrleansShards.Tests.Partitions;

/// <summary>What is done to the network around one silo, the victim, or to all of it.</summary>
internal enum Shape
{
    /// <summary>The victim and the other silos do not reach each other.</summary>
    SiloFromSilos,

    /// <summary>The victim and the database do not reach each other.</summary>
    SiloFromDatabase,

    /// <summary>The victim and the clients do not reach each other.</summary>
    SiloFromClients,

    /// <summary>The victim reaches nobody, and nobody reaches it.</summary>
    SiloFromAll,

    /// <summary>What the victim sends arrives nowhere; it hears everything.</summary>
    SiloUnheard,

    /// <summary>What is sent to the victim does not arrive; everybody hears it.</summary>
    SiloDeaf,

    /// <summary>The victim and a client on one side, the database with all others on the other.</summary>
    HalfWithoutDatabase,

    /// <summary>The victim, a client and the database on one side, all others on the other.</summary>
    HalfWithDatabase,

    /// <summary>The victim is cut from all for moments, again and again.</summary>
    Flapping,

    /// <summary>The victim's ways to and from all others are slow.</summary>
    SlowLink,

    /// <summary>Everywhere a share of the packets is lost.</summary>
    Loss,

    /// <summary>Everywhere a share of the packets arrives twice.</summary>
    Duplication,

    /// <summary>Everywhere a share of the packets is overtaken.</summary>
    Reordering,
}

/// <summary>What happens besides, while the network is disturbed.</summary>
internal enum Company
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Another silo is killed.</summary>
    Kill,

    /// <summary>Another silo is stopped, and goes on when the network is whole.</summary>
    Stop,

    /// <summary>The wall clock of one silo jumps by minutes.</summary>
    ClockJump,

    /// <summary>Shards are to move to the victim's group and from it.</summary>
    Moves,
}

/// <summary>What is done, with what, and whether the primary's silo is the victim.</summary>
internal sealed record Disturbance(Shape Shape, Company Company, bool OfPrimary);

/// <summary>A disturbance that is over.</summary>
/// <param name="Disturbance">What was done.</param>
/// <param name="Victim">To whom.</param>
/// <param name="Lasted">For how long.</param>
/// <param name="Packets">How many packets it has met: dropped, doubled or delayed.</param>
/// <param name="Effects">What was seen of it above the packets; what counts depends on the shape.</param>
/// <param name="Attempts">How many attempts of workers went wrong or were slow, until everything was served again.</param>
/// <param name="Recovered">From its end until everything was served by everybody.</param>
internal sealed record Suffered(
    Disturbance Disturbance, string Victim, TimeSpan Lasted, long Packets, long Effects, int Attempts, TimeSpan Recovered)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Disturbance.Shape} of {Victim}{(Disturbance.OfPrimary ? " (primary)" : "")}, with {Disturbance.Company}, "
        + $"for {Lasted.TotalSeconds:0.0} s: {Packets} packets, {Effects} effects, {Attempts} attempts disturbed; "
        + $"all served {Recovered.TotalSeconds:0.0} s later");
}
