using OrleansShards.Core;

namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// Drops records from the lowest on, a few hundred a transaction: dropping all at once would hold up every log's puts
/// for as long as it takes.
/// </summary>
internal sealed class DropWrite(
    LogName name, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken)
    : SqliteWrite<bool>(cancellationToken)
{
    private const int RowsAtOnce = 256;

    // Each kept number ends one stretch to be dropped; the limit ends the last one.
    private readonly List<ulong> _kept =
        [.. keep.Select(index => index.Value).Where(index => index > 0 && index <= upTo.Value).Distinct().Order()];

    private int _stretch;

    public override bool Execute(SqliteTransaction transaction)
    {
        if (transaction.Find(name) is not { } log)
        {
            return true;
        }

        using var delete = transaction.Connection.Prepare(
            $"delete from {log.Records} where idx in "
            + $"(select idx from {log.Records} where idx between ?1 and ?2 order by idx limit ?3)");
        var room = RowsAtOnce;
        for (; _stretch <= _kept.Count; _stretch++)
        {
            var from = _stretch == 0 ? 1 : _kept[_stretch - 1] + 1;
            var to = _stretch == _kept.Count ? Math.Min(upTo.Value, LogStoreArgument.IndexMax) : _kept[_stretch] - 1;
            if (from > to)
            {
                continue;
            }

            delete.Bind(1, from).Bind(2, to).Bind(3, room).Run();
            room -= transaction.Connection.Changes;
            if (room <= 0)
            {
                return false;
            }
        }

        return true;
    }

    public override void Complete() => TrySetResult(true);
}
