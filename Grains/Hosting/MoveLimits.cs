namespace OrleansShards.Grains.Hosting;

/// <summary>What a cluster's moves of shards may cost it. Every process of a cluster is given the same.</summary>
public sealed record MoveLimits
{
    /// <summary>How many shards are copied at once; others wait for their turn.</summary>
    /// <value>2 unless set, at least 1: while one waits for its seal the other copies.</value>
    public int AtOnce { get; init; } = 2;

    /// <summary>How many bytes a second one copy takes at most.</summary>
    /// <value>32 MiB unless set, at least 64 KiB, which is one piece: what a disk writes beside its other work.</value>
    public long BytesPerSecond { get; init; } = 32L << 20;

    /// <summary>How long a shard's writes are held at most; beyond it they are served, and the move is sealed anew later.</summary>
    /// <value>500 ms unless set, 50 ms to 30 s.</value>
    public TimeSpan PauseLimit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long after its commit a move may be undone.</summary>
    /// <value>10 minutes unless set; zero for never.</value>
    public TimeSpan UndoWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What is wrong with it, for people; nothing where it is sound.</summary>
    public IEnumerable<string> Problems()
    {
        if (AtOnce < 1)
            yield return $"Moves.AtOnce is {AtOnce}; expected at least 1";

        if (BytesPerSecond < 64 << 10)
            yield return $"Moves.BytesPerSecond is {BytesPerSecond}; expected at least {64 << 10}";

        if (PauseLimit < TimeSpan.FromMilliseconds(50) || PauseLimit > TimeSpan.FromSeconds(30))
            yield return $"Moves.PauseLimit is {PauseLimit}; expected 50 ms to 30 s";

        if (UndoWindow < TimeSpan.Zero)
            yield return $"Moves.UndoWindow is {UndoWindow}; expected zero or more";
    }
}
