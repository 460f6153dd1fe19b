using System.Buffers.Binary;
using OrleansShards.Core;

namespace OrleansShards.Tests.Storage.Disks;

/// <summary>
/// A file is changed while nobody has it open: a bit flips, a page is torn, the end is missing. Whatever is read then is what was written,
/// or the damage is named; and the logs whose files are whole are served.
/// </summary>
public sealed class DamagedFileTests
{
    private const int Damages = 60;

    public static TheoryData<FileStore, bool, int> Runs
    {
        get
        {
            TheoryData<FileStore, bool, int> runs = [];
            foreach (var (kind, seed) in DiskSeeds.Of(2).Select(static run => run.Data))
            {
                runs.Add(kind, false, seed);
                runs.Add(kind, true, seed);
            }

            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task FileDamaged_IsNamedOrDoesNotMatter_AndOtherLogsAreServed(FileStore kind, bool isKilled, int seed)
    {
        await using DiskRun run = new(kind, seed);
        await run.OpenAndCheckAsync("at first");
        await run.WriteAsync(40);
        if (!isKilled)
            await run.CloseAsync();

        // Killed: what the process has written is there, and in SQLite most of it is in the WAL.
        run.Disk.CutPower(keepAll: true);
        SortedDictionary<string, int> counts = new(StringComparer.Ordinal);
        Random random = new(seed);
        for (var number = 0; number < Damages; number++)
        {
            var damage = FileDamage.Draw(run.Disk.Left, random);
            await using var copy = run.Copy(damage.Apply);
            var refused = await copy.OpenAsync();
            var fate = Judge(copy, damage, refused, $"{kind}, {(isKilled ? "killed" : "closed")}, seed {seed}: {damage}");
            counts[$"{damage.Kind} {fate}"] = counts.GetValueOrDefault($"{damage.Kind} {fate}") + 1;
        }

        TestContext.Current.SendDiagnosticMessage($"{kind}, killed {isKilled}, seed {seed}: "
            + string.Join(", ", counts.Select(static count => $"{count.Key} {count.Value}")));
        Assert.Contains(counts.Keys, static key => key.EndsWith("named", StringComparison.Ordinal));
    }

    /// <summary>No checksum covers what rows are found by: the pages' heads, and the cells' lengths and keys.</summary>
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    [InlineData(true, 3)]
    public async Task BitFlippedInWhatRowsAreFoundBy_IsNamedOrDoesNotMatter(bool isLarge, int seed)
    {
        await using DiskRun run = new(FileStore.Sqlite, seed) { IsLarge = isLarge };
        await run.OpenAndCheckAsync("at first");
        await run.WriteAsync(40);
        await run.CloseAsync();
        run.Disk.CutPower(keepAll: true);
        const string File = "logs.db";
        var places = SqlitePages.KeysOf(run.Disk.Left[File]).ToArray();
        Random random = new(seed);
        var named = 0;
        for (var number = 0; number < 5 * Damages; number++)
        {
            var damage = FileDamage.Flip(File, run.Disk.Left[File].Length, places[random.Next(places.Length)], random.Next(8));
            await using var copy = run.Copy(damage.Apply);
            var refused = await copy.OpenAsync();
            var fate = Judge(copy, damage, refused, $"large {isLarge}, seed {seed}: {damage}");
            named += fate == "named" ? 1 : 0;
        }

        TestContext.Current.SendDiagnosticMessage($"large {isLarge}, seed {seed}: {named} of {5 * Damages} were named");
        Assert.True(named > Damages, $"only {named} of {5 * Damages} damages were named");
    }

    /// <summary>What became of it; fails where something was lost or served in silence.</summary>
    private static string Judge(DiskRun run, FileDamage damage, List<(WordLog? Log, string Why)> refused, string context)
    {
        foreach (var (log, why) in refused)
        {
            // The file's own words, or the record's.
            var isNamed = why.Contains(run.Disk.Path, StringComparison.Ordinal) || why.Contains("record ", StringComparison.Ordinal)
                || why.Contains("checkpoint", StringComparison.Ordinal);
            Assert.True(isNamed, $"{context}: log {log?.Name} is refused without a name: {why}");
        }

        if (refused.Exists(static one => one.Log is null))
            return "named";

        var isTorn = false;
        foreach (var log in run.Logs.Where(log => !refused.Exists(one => one.Log == log)))
        {
            // A WAL's last transaction cannot be told from one that a crash has torn, nor a WAL that is cut from a shorter one. Where the
            // header is hidden of the frame that ends the transaction before the last, the two look like one; each has a word of a log.
            var lost = log.CountLost(context);
            isTorn |= lost > 0;
            var mayLose = !damage.File.EndsWith("-wal", StringComparison.Ordinal) ? 0 : damage.IsOfTheEnd ? int.MaxValue : 2;
            Assert.True(lost <= mayLose, $"{context}: log {log.Name} has lost {lost} acknowledged words in silence");
        }

        if (damage.Log is { } of)
            Assert.True(refused.TrueForAll(one => one.Log!.Name == of), $"{context}: {string.Join("; ", refused)}");

        return refused.Count > 0 ? "named" : isTorn ? "taken for a torn end" : "does not matter";
    }
}

/// <summary>A change of one file.</summary>
internal sealed record FileDamage(string File, string Kind, Func<byte[], byte[]> Change, string Place)
{
    internal bool IsOfTheEnd => Kind == "cut";

    /// <summary>The log whose own file it is; null where it is that of all logs.</summary>
    internal LogName? Log => File.Split('/') is ["data", "logs", var folder, _, _]
        ? new LogName(Uri.UnescapeDataString(folder))
        : null;

    internal static FileDamage Draw(IReadOnlyDictionary<string, byte[]> files, Random random)
    {
        // By bytes, so that it is anywhere in the store; now and then by files.
        var names = files.Where(static file => file.Value.Length > 0).Select(static file => file.Key).ToArray();
        var file = names[random.Next(names.Length)];
        var length = files[file].Length;
        var at = random.Next(length);
        switch (random.Next(4))
        {
            case 0:
                return new(file, "cut", bytes => bytes[..at], $"to {at} of {length} bytes");
            case 1:
                // Half a page has the content of another.
                var (page, other) = (at / 4096 * 4096, random.Next(length) / 4096 * 4096);
                return new(file, "torn page", bytes => Torn(bytes, page, other), $"at {page} from {other}");
            default:
                return Flip(file, length, at, random.Next(8));
        }
    }

    internal static FileDamage Flip(string file, int length, int at, int bit) =>
        new(file, "flipped bit", bytes => Flipped(bytes, at, bit), $"{bit} at {at} of {length}");

    internal void Apply(SortedDictionary<string, byte[]> files) => files[File] = Change(files[File]);

    public override string ToString() => $"{Kind} of {File}, {Place}";

    private static byte[] Flipped(byte[] bytes, int at, int bit)
    {
        byte[] changed = [.. bytes];
        changed[at] ^= (byte)(1 << bit);
        return changed;
    }

    private static byte[] Torn(byte[] bytes, int page, int other)
    {
        byte[] changed = [.. bytes];
        var half = Math.Min(2048, Math.Min(bytes.Length - page, bytes.Length - other));
        bytes.AsSpan(other, half).CopyTo(changed.AsSpan(page));
        return changed;
    }
}

/// <summary>SQLite's file format: https://www.sqlite.org/fileformat.html#b_tree_pages</summary>
internal static class SqlitePages
{
    private const int PageBytes = 4096;
    private const int FileHeaderBytes = 100;
    private const int CellHeadBytes = 12;

    /// <summary>Where the pages' heads, their cells' places, and each cell's length, key and short columns are.</summary>
    internal static IEnumerable<int> KeysOf(byte[] file)
    {
        for (var page = 0; page < file.Length; page += PageBytes)
        {
            var head = page + (page == 0 ? FileHeaderBytes : 0);
            var isInterior = file[head] is 2 or 5;
            if (!isInterior && file[head] is not (10 or 13))
                continue;

            var cells = BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(head + 3));
            var pointers = head + (isInterior ? 12 : 8);
            for (var at = head; at < pointers + (2 * cells); at++)
                yield return at;

            for (var cell = 0; cell < cells; cell++)
            {
                var at = page + BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(pointers + (2 * cell)));
                for (var of = 0; of < CellHeadBytes && at + of < page + PageBytes; of++)
                    yield return at + of;
            }
        }
    }
}
