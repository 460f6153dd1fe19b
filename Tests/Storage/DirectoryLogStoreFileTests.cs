using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Tests.Storage;

/// <summary>Files and directories that a store must not take, or not take for empty.</summary>
public sealed class DirectoryLogStoreFileTests : IDisposable
{
    private static readonly LogName Log = LogName.Master;
    private static readonly CheckpointId Checkpoint = new(new LogIndex(2), new Term(1));
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private DirectoryLogStoreOptions Options => new() { Directory = _directory.Path };

    private string Marker => _directory.File("log-store");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(2, "newer")]
    [InlineData(0, "older")]
    public async Task OtherVersion_IsRefusedByNumberAndNothingIsChanged(int version, string release)
    {
        await CreateAsync();
        await File.WriteAllTextAsync(Marker, $"OrleansShards log store, format {version}\n", Stop);
        await RefusedUnchangedAsync($"format version {version}, expected 1", $"the {release} release");
    }

    [Theory]
    [InlineData("")]
    [InlineData("something else\n")]
    [InlineData("OrleansShards log store, format x\n")]
    public async Task MarkerOfAnotherKind_IsRefusedAndNothingIsChanged(string text)
    {
        await CreateAsync();
        await File.WriteAllTextAsync(Marker, text, Stop);
        await RefusedUnchangedAsync("does not say what a log store's does");
    }

    [Fact]
    public async Task OtherFilesAndNoMarker_IsRefusedAndNothingIsChanged()
    {
        await File.WriteAllTextAsync(_directory.File("letter.txt"), "dear", Stop);
        await RefusedUnchangedAsync("is not a log store: it holds 'letter.txt'");
    }

    [Fact]
    public async Task MarkerRemoved_IsRefusedAndNothingIsChanged()
    {
        await CreateAsync();
        File.Delete(Marker);
        await RefusedUnchangedAsync("is not a log store: it holds 'master'", "put it back");
    }

    [Fact]
    public async Task RootOfAFileSystem_IsTaken()
    {
        Directory.CreateDirectory(_directory.File("lost+found"));
        await CreateAsync();
        await using var store = await DirectoryLogStore.OpenAsync(Options, Stop);
        Assert.Equal([Log, new LogName("other")], await store.ListAsync(Stop));
    }

    [Fact]
    public async Task CreationCutShort_IsBegunAnew()
    {
        await File.WriteAllTextAsync(_directory.File(".new-1-x"), "Orle", Stop);
        await using var store = await DirectoryLogStore.OpenAsync(Options, Stop);
        Directory.CreateDirectory(_directory.File("master"));
        Assert.Empty(await store.ListAsync(Stop));
        Assert.Equal(PutOutcome.Stored, (await store.PutAsync(Log, new LogIndex(1), new byte[1], Stop)).Outcome);
    }

    public static TheoryData<string> Damages => ["empty", "cut", "cut in its head", "longer", "content", "length", "kind", "number", "log"];

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task RecordDamaged_IsNeverSkippedOrTakenForTheEnd(string damage)
    {
        await CreateAsync();
        var path = _directory.File("master/records/0000000000000000002");
        await File.WriteAllBytesAsync(path, await DamagedAsync(damage, path), Stop);
        await RefusedAsync(path, store => store.ReadAsync(Log, new LogIndex(1), int.MaxValue, Stop));
    }

    [Theory]
    [InlineData("manifests/0000000000000000002")]
    [InlineData("chunks/0000000000000000002-0000000000000000001-0000000000")]
    public async Task CheckpointDamaged_IsRefused(string file)
    {
        await CreateAsync();
        var path = _directory.File($"master/{file}");
        var bytes = await File.ReadAllBytesAsync(path, Stop);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Stop);
        await RefusedAsync(path, async store =>
        {
            await store.ReadManifestAsync(Log, Stop);
            await store.ReadChunkAsync(Log, Checkpoint, 0, Stop);
        });
    }

    [Theory]
    [InlineData("master/records/3", false)]
    [InlineData("master/manifests/copy of 2", false)]
    [InlineData("notes.txt", true)]
    [InlineData("Master/x", true)]
    [InlineData("%6daster/x", true)]
    public async Task ForeignFile_IsSaidByName(string file, bool whenListing)
    {
        await CreateAsync();
        Directory.CreateDirectory(Path.GetDirectoryName(_directory.File(file))!);
        if (file.EndsWith("/x", StringComparison.Ordinal))
            Directory.CreateDirectory(_directory.File(Path.Combine(Path.GetDirectoryName(file)!, "records")));

        await File.WriteAllTextAsync(_directory.File(file), "mine", Stop);
        await using var store = await DirectoryLogStore.OpenAsync(Options, Stop);
        var refusal = await Assert.ThrowsAsync<LogStoreException>(async () => _ = whenListing
            ? await store.ListAsync(Stop)
            : (object)await store.ReadAsync(Log, new LogIndex(1), int.MaxValue, Stop));
        Assert.Contains("was not written by this store", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(whenListing ? file.Split('/')[0] : file, refusal.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_directory.File(file)));
    }

    [Fact]
    public async Task TemporaryFilesOfOthers_AreNotRead()
    {
        await CreateAsync();
        foreach (var folder in new[] { "records", "manifests", "chunks" })
            await File.WriteAllTextAsync(_directory.File($"master/{folder}/.new-1-x"), "half", Stop);

        await using var store = await DirectoryLogStore.OpenAsync(Options, Stop);
        Assert.Equal(3, (await store.ReadAsync(Log, new LogIndex(1), int.MaxValue, Stop)).Records.Count);
        Assert.Equal("manifest"u8.ToArray(), (await store.ReadManifestAsync(Log, Stop))?.ToArray());
        Assert.True(await store.PublishAsync(Log, new(new(3), new(1)), new byte[1], Stop));
    }

    [Fact]
    public async Task DirectoryRemovedWhileInUse_IsNotTakenForEmpty()
    {
        await using var store = await DirectoryLogStore.OpenAsync(Options, Stop);
        await store.PutAsync(Log, new LogIndex(1), new byte[1], Stop);
        Directory.Move(_directory.File("master"), _directory.File("elsewhere"));
        await LostAsync(store, "was removed while it was in use");

        Directory.Delete(_directory.File("elsewhere"), recursive: true);
        File.Delete(Marker);
        await LostAsync(store, "is not there any more");
        var (outcome, reason) = await store.PutAsync(new LogName("new"), new LogIndex(1), new byte[1], Stop);
        Assert.Equal(PutOutcome.NotStored, outcome);
        Assert.Contains("is not there any more", reason, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    private static async Task LostAsync(DirectoryLogStore store, string expected)
    {
        Func<Task>[] calls =
        [
            async () => await store.ProbeAsync(Log, new LogIndex(2), Stop),
            async () => await store.ReadAsync(Log, new LogIndex(1), 100, Stop),
            async () => await store.ReadManifestAsync(Log, Stop),
        ];
        foreach (var call in calls)
        {
            var refusal = await Assert.ThrowsAsync<LogStoreException>(call);
            Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        }
    }

    private async Task<byte[]> DamagedAsync(string damage, string path)
    {
        var bytes = await File.ReadAllBytesAsync(path, Stop);
        switch (damage)
        {
            case "empty": return [];
            case "cut": return bytes[..^1];
            case "cut in its head": return bytes[..7];
            case "longer": return [.. bytes, 0];
            case "content": bytes[^1] ^= 1; return bytes;
            case "length": bytes[4] ^= 1; return bytes;
            case "kind": bytes[3] = (byte)'M'; return bytes;
            case "number": return await File.ReadAllBytesAsync(_directory.File("master/records/0000000000000000003"), Stop);
            default: return await File.ReadAllBytesAsync(_directory.File("other/records/0000000000000000002"), Stop);
        }
    }

    private async Task CreateAsync()
    {
        await using var store = await DirectoryLogStore.OpenAsync(Options, Stop);
        foreach (var log in new[] { Log, new LogName("other") })
        {
            for (var index = 1UL; index <= 3; index++)
                await store.PutAsync(log, new LogIndex(index), new byte[100], Stop);
        }

        await store.PutChunkAsync(Log, Checkpoint, 0, new byte[10], Stop);
        await store.PublishAsync(Log, Checkpoint, "manifest"u8.ToArray(), Stop);
        await store.DropAsync(new LogName("other"), new LogIndex(1), [], Stop);
    }

    private async Task RefusedAsync(string path, Func<DirectoryLogStore, ValueTask> call)
    {
        var before = await File.ReadAllBytesAsync(path, Stop);
        await using var store = await DirectoryLogStore.OpenAsync(Options, Stop);
        var refusal = await Assert.ThrowsAsync<LogStoreException>(async () => await call(store));
        Assert.Contains($"'{path}' is damaged", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(path, Stop));
        Assert.Equal(PutOutcome.Occupied, (await store.PutAsync(Log, new LogIndex(2), new byte[1], Stop)).Outcome);
    }

    private Task RefusedAsync(string path, Func<DirectoryLogStore, ValueTask<(IReadOnlyList<StoredRecord>, LogIndex)>> call) =>
        RefusedAsync(path, async store => { await call(store); });

    private async Task RefusedUnchangedAsync(params string[] expected)
    {
        var before = Content();
        var refusal = await Assert.ThrowsAsync<LogStoreException>(() => DirectoryLogStore.OpenAsync(Options, Stop));
        Assert.All(expected, text => Assert.Contains(text, refusal.Message, StringComparison.Ordinal));
        Assert.Contains(_directory.Path, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, Content());
    }

    private string[] Content() =>
    [
        .. Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories).Order()
            .Select(path => $"{path}: {File.ReadAllText(path)}"),
    ];
}
