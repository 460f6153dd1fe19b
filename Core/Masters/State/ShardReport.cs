namespace OrleansShards.Core.Masters;

/// <summary>What a report of ownership means beside what the map has. Pure, so that a primary can tell beforehand.</summary>
internal static class ShardReport
{
    /// <summary>
    /// The highest epoch wins. At the same epoch and owner a report can only take <see cref="ShardEntry.MayOpenEmpty"/>
    /// away: (1) the source releases without content and reports it; (2) the owner opens empty, holds data, reports
    /// itself; (3) the source's report arrives once more. It must not let the owner begin with nothing again.
    /// </summary>
    internal static OwnershipChange Compare(ShardEntry? present, GroupId owner, Epoch epoch, bool empty)
    {
        if (present is null || epoch > present.Epoch)
            return OwnershipChange.Moved;

        return epoch < present.Epoch ? OwnershipChange.None
            : owner != present.Owner ? OwnershipChange.Conflict
            : present.MayOpenEmpty && !empty ? OwnershipChange.Held
            : OwnershipChange.None;
    }
}
