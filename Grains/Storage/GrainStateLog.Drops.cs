namespace OrleansShards.Grains.Storage;

/// <summary>This part drops records.</summary>
internal sealed partial class GrainStateLog
{
    // How many are looked at together, and how many absent ones in a row are taken for the log's end.
    private const int LookMax = 16;

    /// <summary>
    /// The head says first what goes, so that readers go on behind it; then the records go, the lowest first; then the
    /// head says that they are gone. What a crash leaves is cleared with the next drop.
    /// </summary>
    internal async Task DropAsync(LogIndex upTo, IReadOnlyList<LogIndex> keep)
    {
        HashSet<ulong> kept = [.. keep.Select(static index => index.Value)];
        ulong bound = await BoundAsync(upTo.Value);
        LogHead before = await ReadHeadAsync();
        IEnumerable<ulong> shown = before.Kept.Where(index => index <= upTo.Value && !kept.Contains(index));
        LogHead head = await ChangeHeadAsync(found => Announce(found, upTo.Value, bound, kept));

        foreach (ulong index in shown)
            await states.ClearAsync(keys.Record(name, index));

        ulong last = Math.Min(upTo.Value, head.DroppedUpTo);
        for (ulong index = head.ClearedUpTo + 1; index <= last; index++)
        {
            if (!kept.Contains(index))
                await states.ClearAsync(keys.Record(name, index));
        }

        if (last > head.ClearedUpTo)
            await ChangeHeadAsync(found => last > found.ClearedUpTo ? found with { ClearedUpTo = last } : found);
    }

    private static LogHead Announce(LogHead found, ulong upTo, ulong bound, HashSet<ulong> keep)
    {
        ulong dropped = Math.Max(found.DroppedUpTo, bound);
        ulong[] kept =
        [
            .. found.Kept.Where(index => index > upTo || keep.Contains(index))
                .Union(keep.Where(index => index <= dropped && index > found.DroppedUpTo)).Order(),
        ];
        return dropped == found.DroppedUpTo && kept.SequenceEqual(found.Kept) ? found : found with { DroppedUpTo = dropped, Kept = kept };
    }

    /// <summary>The highest record that is there and may go: a head that says more would hide what is put later.</summary>
    private async Task<ulong> BoundAsync(ulong upTo)
    {
        if (upTo <= LogStoreArgument.IndexMax && await ReadRecordAsync(upTo) is not null)
            return upTo;

        LogHead head = await ReadHeadAsync();
        ulong bound = head.DroppedUpTo;
        for (ulong from = bound + 1; from <= Math.Min(upTo, LogStoreArgument.IndexMax); from += LookMax)
        {
            ulong first = from;
            byte[]?[] window = await Task.WhenAll(
                Enumerable.Range(0, LookMax).Select(i => ReadRecordAsync(first + (ulong)i)));
            int highest = Array.FindLastIndex(window, static record => record is not null);
            if (highest < 0)
                break;

            bound = Math.Min(upTo, first + (ulong)highest);
        }

        return bound;
    }

    /// <summary>A number that was dropped is put again: readers are told to look there.</summary>
    private Task<LogHead> ShowAgainAsync(ulong index) => ChangeHeadAsync(found =>
        index > found.DroppedUpTo || found.Kept.Contains(index) ? found : found with { Kept = [.. found.Kept.Append(index).Order()] });
}
