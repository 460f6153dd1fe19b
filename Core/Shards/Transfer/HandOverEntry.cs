namespace OrleansShards.Core.Shards;

/// <summary>
/// What changes a copy's standing, as an entry of its log. Each is an order, not a fact: whether it is carried out is
/// decided when it is applied, by the standing that the entries before it have left.
/// </summary>
internal abstract record HandOverEntry
{
    private HandOverEntry()
    {
    }

    /// <summary>Begin with nothing, as the master has given the shard to this group.</summary>
    internal sealed record Open(Epoch Epoch) : HandOverEntry;

    /// <summary>Replace the content by what a client brought.</summary>
    internal sealed record Seed(Epoch Epoch, ShardContent Content) : HandOverEntry;

    /// <summary>Install a snapshot at the epoch that was granted.</summary>
    internal sealed record Install(Epoch Epoch, ulong ContentDigest, ShardContent Content) : HandOverEntry;

    /// <summary>Prepare a hand-over; <c>MeantFor</c> is the only epoch at which it may be carried out, none for any.</summary>
    internal sealed record Seal(GroupId Target, Epoch MeantFor = default) : HandOverEntry;

    /// <summary>Another group asks to have the shard; <c>Known</c> is the newest epoch that it has heard of.</summary>
    internal sealed record Yield(GroupId To, YieldReason Reason, ulong ContentDigest, Epoch Known) : HandOverEntry;

    /// <summary>Delete the source's copy; <c>Granted</c> says which hand-over is meant.</summary>
    internal sealed record Confirm(Epoch Granted) : HandOverEntry;

    /// <summary>Begin to roll a hand-over back.</summary>
    internal sealed record StartAbort(Epoch Granted) : HandOverEntry;

    /// <summary>The target has discarded.</summary>
    internal sealed record FinishAbort(Epoch Granted) : HandOverEntry;

    /// <summary>The target has refused to discard.</summary>
    internal sealed record RefuseAbort(Epoch Granted) : HandOverEntry;

    /// <summary>Discard what the hand-over at this epoch brought, and refuse it from now on.</summary>
    internal sealed record Discard(GroupId Source, Epoch Epoch) : HandOverEntry;
}
