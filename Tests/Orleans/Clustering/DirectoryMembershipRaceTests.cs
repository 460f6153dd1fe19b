using Orleans;
using OrleansShards.Grains.Clustering;
using OrleansShards.Grains.Interfaces.Membership;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Tests.Orleans.Clustering;

/// <summary>Many write at once, and some very late: each version has one winner.</summary>
public sealed class DirectoryMembershipRaceTests : IDisposable
{
    private readonly MembershipLab _lab = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task InsertRow_ManyAtOnce_OneWins()
    {
        TableVersion next = (await (await _lab.StartedTableAsync()).ReadAllAsync(Stop)).Version.Next();
        MembershipEntry entry = MembershipLab.Entry();

        bool[] won = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _lab.Table().InsertRowAsync(entry, next, Stop)));

        Assert.Single(won, static one => one);
        Assert.Equal(1, (await _lab.Table().ReadAllAsync(Stop)).Version.Version);
    }

    [Fact]
    public async Task Initialize_ManyAtOnce_AreOneTable()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(
            async () =>
            {
                _lab.Validator().ValidateConfiguration();
                await MembershipLab.InsertUntilWonAsync(await _lab.StartedTableAsync());
            },
            Stop)));

        MembershipTableData data = await _lab.Table().ReadAllAsync(Stop);
        Assert.Equal(20, data.Members.Count);
        Assert.Equal(20, data.Version.Version);
    }

    [Fact]
    public async Task UpdateRow_ManyAtOnce_EachChangeIsMadeOnce()
    {
        const int Writers = 10;
        const int Changes = 8;
        MembershipEntry entry = await MembershipLab.InsertAsync(await _lab.StartedTableAsync(), MembershipLab.Entry());

        int[][] won = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(
            () => MembershipLab.CountUpAsync(_lab.Table(), entry.SiloAddress, Changes), Stop)));

        MembershipTableData data = await _lab.Table().ReadAllAsync(Stop);
        Assert.Equal(Enumerable.Range(2, Writers * Changes), won.SelectMany(static one => one).Order());
        Assert.Equal(1 + (Writers * Changes), data.Version.Version);
        Assert.Equal(2 + (Writers * Changes), Assert.Single(data.Members).Item1.FaultZone);
    }

    [Fact]
    public async Task TryPut_WriterWakesLate_HasLostAlthoughItsVersionIsLongOutOfDate()
    {
        IMembershipTable table = await _lab.StartedTableAsync();
        MembershipEntry entry = await MembershipLab.InsertAsync(table, MembershipLab.Entry());
        MembershipFile stale = _lab.Versions().Read();
        stale = stale with { Version = stale.Version + 1, Members = [] };
        string path = _lab.Files.VersionPath(stale.Version);
        string temporary = AtomicFile.WriteTemporary(path, stale.ToBytes(), durable: false);

        await MembershipLab.AdvanceAsync(table, entry.SiloAddress, 3 * MembershipVersions.Kept);

        Assert.Equal(0, new FileInfo(path).Length);
        Assert.False(AtomicFile.TryLink(temporary, path), "stopped before the link");
        Assert.False(_lab.Versions().TryPut(stale), "stopped before the temporary file");
        foreach (IMembershipTable reader in new[] { table, _lab.Table() })
        {
            MembershipTableData data = await reader.ReadAllAsync(Stop);
            Assert.Equal(1 + (3 * MembershipVersions.Kept), data.Version.Version);
            Assert.Single(data.Members);
        }
    }

    [Fact]
    public async Task UpdateRow_CallerReadLongAgo_IsRefused()
    {
        IMembershipTable table = await _lab.StartedTableAsync();
        IMembershipTable late = _lab.Table();
        MembershipEntry entry = await MembershipLab.InsertAsync(table, MembershipLab.Entry());
        MembershipTableData seen = await late.ReadAllAsync(Stop);
        await MembershipLab.AdvanceAsync(table, entry.SiloAddress, 2 * MembershipVersions.Kept);

        Assert.False(await late.UpdateRowAsync(entry, seen.Members[0].Item2, seen.Version.Next(), Stop));
        Assert.False(await late.InsertRowAsync(MembershipLab.Entry(), seen.Version.Next(), Stop));
        Assert.Equal(1 + (2 * MembershipVersions.Kept), (await late.ReadAllAsync(Stop)).Version.Version);
    }

    [Fact]
    public async Task ReadAll_WhileOthersWrite_VersionsOnlyRise()
    {
        MembershipEntry entry = await MembershipLab.InsertAsync(await _lab.StartedTableAsync(), MembershipLab.Entry());
        Task writing = Task.Run(() => MembershipLab.AdvanceAsync(_lab.Table(), entry.SiloAddress, 150), Stop);
        IMembershipTable lasting = _lab.Table();
        int last = 0;
        int reads = 0;
        while (!writing.IsCompleted || reads < 50)
        {
            foreach (IMembershipTable reader in new[] { lasting, _lab.Table() })
            {
                MembershipTableData data = await reader.ReadAllAsync(Stop);
                Assert.Single(data.Members);
                Assert.InRange(data.Version.Version, last, 151);
                last = data.Version.Version;
                reads++;
            }
        }

        await writing;
    }

    /// <summary>
    /// Each process in turn is stopped wherever it is, mostly while it syncs what it is about to link, until the others
    /// have gone on for so long that its version is out of date and emptied.
    /// </summary>
    [Fact(Timeout = 180_000)]
    public async Task UpdateRow_ProcessesAreStoppedForLong_NoVersionIsWonTwice()
    {
        const int Rounds = 24;
        MembershipEntry entry = await MembershipLab.InsertAsync(await _lab.StartedTableAsync(), MembershipLab.Entry());
        using MembershipWriterProcess first = new(_lab.Path, entry.SiloAddress);
        using MembershipWriterProcess second = new(_lab.Path, entry.SiloAddress);
        using MembershipWriterProcess third = new(_lab.Path, entry.SiloAddress);
        MembershipWriterProcess[] all = [first, second, third];
        foreach (MembershipWriterProcess writer in all)
            Assert.True(await writer.NextWonAsync(Stop));

        for (int round = 0; round < Rounds; round++)
        {
            MembershipWriterProcess stopped = all[round % all.Length];
            MembershipWriterProcess other = all[(round + 1) % all.Length];
            stopped.Signal("STOP");
            int since = _lab.Versions().Read().Version;
            while (other.Won[^1] < since + MembershipVersions.Kept + 4)
                Assert.True(await other.NextWonAsync(Stop));

            stopped.Signal("CONT");
        }

        foreach (MembershipWriterProcess writer in all)
            await writer.KillAsync(Stop);

        List<int> won = [.. all.SelectMany(static writer => writer.Won).Order()];
        MembershipTableData data = await _lab.Table().ReadAllAsync(Stop);
        Assert.Equal(won, won.Distinct());
        Assert.InRange(data.Version.Version, won[^1], won[^1] + all.Length);

        // A process that was killed may have put a version and not said so.
        Assert.InRange(won.Count, data.Version.Version - 1 - all.Length, data.Version.Version - 1);
        Assert.Equal(data.Version.Version + 1, Assert.Single(data.Members).Item1.FaultZone);
    }
}
