using OrleansShards.Core;
using OrleansShards.Storage;
using OrleansShards.Storage.Directory;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.Tests.Storage.Disks;

/// <summary>
/// Several logs in one store on one disk, written at the same time, round after round: in each the store is opened, the logs are read
/// and checked, and written until they have what they want or the disk has gone wrong.
/// </summary>
internal sealed class DiskRun : IAsyncDisposable
{
    private const int LogCount = 4;

    private readonly List<TemporaryDirectory> _directories = [];
    private readonly FileStore _kind;
    private readonly Random _random;
    private readonly string _name;

    internal DiskRun(FileStore kind, int seed)
        : this(kind, new Random(seed), $"{kind}, seed {seed}", logs: null, files: null)
    {
    }

    private DiskRun(FileStore kind, Random random, string name, WordLog[]? logs, SortedDictionary<string, byte[]>? files)
    {
        (_kind, _random, _name) = (kind, random, name);
        Logs = logs ?? [.. Enumerable.Range(0, LogCount).Select(
            number => new WordLog(new LogName($"log/{number}"), new Random(random.Next())))];
        Disk = Mount(files);
    }

    internal BadDisk Disk { get; private set; }

    internal WordLog[] Logs { get; }

    /// <summary>Whether SQLite's file counts as larger than what is checked whole when it is opened.</summary>
    internal bool IsLarge { get; init; }

    internal int Acknowledged => Logs.Sum(static log => log.Acknowledged);

    internal ILogStore? Store { get; private set; }

    internal static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The directory that has the store's files.</summary>
    internal string Data => _kind == FileStore.Sqlite ? Disk.Path : Path.Combine(Disk.Path, "data", "logs");

    /// <summary>Opens the store, and each log in it. Returns what was not served, and why; the store's own refusal has no log.</summary>
    internal async Task<List<(WordLog? Log, string Why)>> OpenAsync()
    {
        List<(WordLog? Log, string Why)> refused = [];
        try
        {
            Store = await OpenStoreAsync();
        }
        catch (LogStoreException refusal)
        {
            return [(null, refusal.Message)];
        }

        foreach (var log in Logs)
        {
            if (await log.OpenAsync(Store) is { } why)
                refused.Add((log, why));
        }

        return refused;
    }

    /// <summary>All of it is served, and all that was acknowledged is there.</summary>
    internal async Task OpenAndCheckAsync(string context)
    {
        var refused = await OpenAsync();
        Assert.True(refused is [], $"{_name}, {context}: {string.Join("; ", refused.Select(static one => $"{one.Log?.Name} {one.Why}"))}");
        Array.ForEach(Logs, log => log.Check($"{_name}, {context}"));
    }

    /// <summary>Each log appends so many words, all at the same time, until one is not acknowledged. Returns why not.</summary>
    internal async Task<List<string>> WriteAsync(int words)
    {
        var failures = await Task.WhenAll(Logs.Select(log => Task.Run(() => WriteAsync(log, words), Stop)));
        return [.. failures.OfType<string>()];
    }

    /// <summary>Ends the store as a process that stops; nothing that it fails to do then is of interest.</summary>
    internal async Task CloseAsync()
    {
        if (Store is { } store)
            await store.DisposeAsync();

        Store = null;
    }

    /// <summary>
    /// The same logs on another disk, which has what the cut has left and a change makes of it. Closes nothing: the copy is for looking.
    /// </summary>
    internal DiskRun Copy(Action<SortedDictionary<string, byte[]>> change)
    {
        SortedDictionary<string, byte[]> left = new(Disk.Left, StringComparer.Ordinal);
        change(left);
        return new DiskRun(_kind, _random, _name, Logs, left) { IsLarge = IsLarge };
    }

    /// <summary>The power is cut, if it is not yet, and comes back: from here on the disk has what was left.</summary>
    internal async Task<int> PowerCutAsync()
    {
        Disk.CutPower();
        await CloseAsync();
        var (before, takenBack) = (Disk, Disk.TakenBack);
        Disk = Mount(before.Left);
        return takenBack;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _directories.ForEach(static directory => directory.Dispose());
    }

    private static async Task<string?> WriteAsync(WordLog log, BadDisk disk, int words)
    {
        for (var word = 0; word < words; word++)
        {
            if (await log.AppendAsync(disk) is { } why)
                return why;
        }

        return null;
    }

    private Task<string?> WriteAsync(WordLog log, int words) => WriteAsync(log, Disk, words);

    private BadDisk Mount(SortedDictionary<string, byte[]>? files)
    {
        TemporaryDirectory directory = new();
        _directories.Add(directory);
        BadDisk.Restore(files ?? [], directory.Path);
        return new BadDisk(directory.Path, _random);
    }

    internal async Task<ILogStore> OpenStoreAsync() => _kind == FileStore.Sqlite
        ? await SqliteLogStore.OpenAsync(
            new SqliteLogStoreOptions
            {
                Directory = Data,
                FramesToCheckpoint = 60,
                QuickCheckMiBMax = IsLarge ? 0 : 64,
                Faults = new() { FileLayer = BadDiskLayer.Mount(Disk), Calls = new BadDiskCalls(Disk) },
            },
            Stop)
        : await DirectoryLogStore.OpenAsync(
            new DirectoryLogStoreOptions { Directory = Data, Faults = new() { Calls = new BadDiskCalls(Disk) } }, Stop);
}
