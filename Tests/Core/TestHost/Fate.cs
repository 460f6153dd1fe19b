namespace OrleansShards.Tests.Core.TestHost;

/// <summary>What becomes of a packet.</summary>
public enum Fate
{
    /// <summary>It arrives.</summary>
    Deliver = 0,

    /// <summary>It waits in <see cref="TestCluster.Held"/> until the test releases or forgets it.</summary>
    Hold = 1,

    /// <summary>It never arrives, and nobody is told.</summary>
    Lose = 2,

    /// <summary>It arrives twice.</summary>
    Duplicate = 3,

    /// <summary>A request to the store is carried out, and its completion is lost (an unknown outcome).</summary>
    LoseCompletion = 4,

    /// <summary>A request to the store fails for certain: a put is not stored, anything else is not carried out.</summary>
    Fail = 5,

    /// <summary>A put is carried out and reported as unknown; anything else arrives.</summary>
    Unknown = 6,

    /// <summary>A put is not carried out and reported as unknown; anything else fails.</summary>
    UnknownNotStored = 7,
}
