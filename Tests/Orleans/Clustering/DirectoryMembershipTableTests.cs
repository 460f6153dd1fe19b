using Orleans;
using Orleans.Runtime;

namespace OrleansShards.Tests.Orleans.Clustering;

/// <summary>What Orleans asks of a membership table, and tests its own ones for.</summary>
public sealed class DirectoryMembershipTableTests : IDisposable
{
    private readonly MembershipLab _lab = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task ReadAll_NewTable_IsEmptyAtVersion0()
    {
        IMembershipTable table = await _lab.StartedTableAsync();
        MembershipTableData data = await table.ReadAllAsync(Stop);

        Assert.Empty(data.Members);
        Assert.Equal(new TableVersion(0, "0"), data.Version);
    }

    [Fact]
    public async Task Initialize_TableExists_IsKept()
    {
        MembershipEntry entry = await MembershipLab.InsertAsync(await _lab.StartedTableAsync(), MembershipLab.Entry());
        IMembershipTable other = await _lab.StartedTableAsync();

        MembershipTableData data = await other.ReadAllAsync(Stop);
        Assert.Equal(1, data.Version.Version);
        Assert.Equal(entry.ToFullString(), Assert.Single(data.Members).Item1.ToFullString());
    }

    [Fact]
    public async Task InsertRow_UnderTheNewestVersion_IsThereAndAllElseIsRefused()
    {
        IMembershipTable table = await _lab.StartedTableAsync();
        TableVersion first = (await table.ReadAllAsync(Stop)).Version.Next();
        MembershipEntry entry = MembershipLab.Entry();

        Assert.True(await table.InsertRowAsync(entry, first, Stop));
        Assert.False(await table.InsertRowAsync(entry, first, Stop), "the same row, an old version");
        Assert.False(await table.InsertRowAsync(MembershipLab.Entry(), first, Stop), "a new row, an old version");

        MembershipTableData data = await table.ReadRowAsync(entry.SiloAddress, Stop);
        Assert.Equal(1, data.Version.Version);
        Assert.NotEqual(first.VersionEtag, data.Version.VersionEtag);
        Assert.False(await table.InsertRowAsync(entry, data.Version.Next(), Stop), "a row that exists");
        Assert.False(
            await table.InsertRowAsync(MembershipLab.Entry(), new TableVersion(3, data.Version.VersionEtag), Stop), "a version left out");
        Assert.Equal(1, (await table.ReadAllAsync(Stop)).Version.Version);
    }

    [Fact]
    public async Task ReadRow_OfSeveral_IsThatOneAlone_AndNoneWhereThereIsNone()
    {
        IMembershipTable table = await _lab.StartedTableAsync();
        await MembershipLab.InsertAsync(table, MembershipLab.Entry());
        MembershipEntry second = await MembershipLab.InsertAsync(table, MembershipLab.Entry(SiloStatus.Active));

        MembershipTableData found = await table.ReadRowAsync(second.SiloAddress, Stop);
        Assert.Equal(second.ToFullString(), Assert.Single(found.Members).Item1.ToFullString());
        MembershipTableData missing = await table.ReadRowAsync(MembershipLab.Entry().SiloAddress, Stop);
        Assert.Empty(missing.Members);
        Assert.Equal(found.Version, missing.Version);
    }

    [Fact]
    public async Task UpdateRow_RightEtagAndVersion_ReplacesTheRow_AndAllElseIsRefused()
    {
        IMembershipTable table = await _lab.StartedTableAsync();
        MembershipEntry entry = await MembershipLab.InsertAsync(table, MembershipLab.Entry());
        MembershipEntry bystander = await MembershipLab.InsertAsync(table, MembershipLab.Entry());
        MembershipTableData before = await table.ReadAllAsync(Stop);
        string etag = before.TryGet(entry.SiloAddress)!.Item2;
        string bystandersEtag = before.TryGet(bystander.SiloAddress)!.Item2;
        entry.Status = SiloStatus.Active;
        entry.AddSuspector(bystander.SiloAddress, DateTime.UtcNow);

        TableVersion next = before.Version.Next();
        Assert.False(await table.UpdateRowAsync(entry, bystandersEtag, next, Stop), "another row's etag");
        Assert.False(await table.UpdateRowAsync(entry, etag, new TableVersion(next.Version, "1"), Stop), "an old version");
        Assert.False(await table.UpdateRowAsync(MembershipLab.Entry(), etag, next, Stop), "a row that does not exist");
        Assert.True(await table.UpdateRowAsync(entry, etag, next, Stop));
        Assert.False(await table.UpdateRowAsync(entry, etag, next, Stop), "an old etag, an old version");

        MembershipTableData after = await table.ReadAllAsync(Stop);
        (MembershipEntry changed, string changedEtag) = after.TryGet(entry.SiloAddress)!;
        Assert.Equal(3, after.Version.Version);
        Assert.Equal(entry.ToFullString(), changed.ToFullString());
        Assert.Equal(entry.SuspectTimes, changed.SuspectTimes);
        Assert.NotEqual(etag, changedEtag);
        Assert.Equal(bystandersEtag, after.TryGet(bystander.SiloAddress)!.Item2);
        Assert.False(await table.UpdateRowAsync(entry, etag, after.Version.Next(), Stop), "an old etag, the right version");
        Assert.False(await table.UpdateRowAsync(entry, changedEtag, next, Stop), "the right etag, an old version");
        Assert.Equal(after.ToString(), (await table.ReadAllAsync(Stop)).ToString());
    }

    [Fact]
    public async Task UpdateIAmAlive_IsSeen_AndDisturbsNoVersionAndNoEtag()
    {
        IMembershipTable table = await _lab.StartedTableAsync();
        MembershipEntry entry = await MembershipLab.InsertAsync(table, MembershipLab.Entry());
        MembershipTableData before = await table.ReadAllAsync(Stop);
        DateTime time = DateTime.UtcNow.AddSeconds(5);

        // Orleans sets nothing but these two.
        await table.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = entry.SiloAddress, IAmAliveTime = time }, Stop);

        foreach (MembershipTableData after in new[] { await table.ReadAllAsync(Stop), await table.ReadRowAsync(entry.SiloAddress, Stop) })
        {
            Assert.Equal(before.Version, after.Version);
            (MembershipEntry row, string etag) = Assert.Single(after.Members);
            Assert.Equal(time, row.IAmAliveTime);
            Assert.Equal(before.Members[0].Item2, etag);
            entry.IAmAliveTime = time;
            Assert.Equal(entry.ToFullString(), row.ToFullString());
        }

        Assert.True(await table.UpdateRowAsync(entry, before.Members[0].Item2, before.Version.Next(), Stop), "what was read before");
    }

    [Fact]
    public async Task UpdateIAmAlive_UnreadableOrOfNobody_TheTableIsRead()
    {
        IMembershipTable table = await _lab.StartedTableAsync();
        MembershipEntry entry = await MembershipLab.InsertAsync(table, MembershipLab.Entry());
        await table.UpdateIAmAliveAsync(MembershipLab.Entry(), Stop);
        await File.WriteAllTextAsync(_lab.Files.HeartbeatPath(entry.SiloAddress), "", Stop);

        Assert.Equal(entry.ToFullString(), Assert.Single((await table.ReadAllAsync(Stop)).Members).Item1.ToFullString());
    }

    [Fact]
    public async Task CleanupDefunctSiloEntries_OldOnesThatAreNotActive_AreGone()
    {
        IMembershipTable table = await _lab.StartedTableAsync();
        DateTime old = DateTime.UtcNow.AddDays(-10);
        foreach (SiloStatus status in Enum.GetValues<SiloStatus>())
        {
            MembershipEntry entry = MembershipLab.Entry(status);
            entry.StartTime = entry.IAmAliveTime = old;
            await MembershipLab.InsertAsync(table, entry);
            await table.UpdateIAmAliveAsync(entry, Stop);
        }

        MembershipEntry young = await MembershipLab.InsertAsync(table, MembershipLab.Entry());
        MembershipEntry lately = MembershipLab.Entry(SiloStatus.Dead);
        lately.StartTime = lately.IAmAliveTime = old;
        lately.AddSuspector(young.SiloAddress, DateTime.UtcNow);
        await MembershipLab.InsertAsync(table, lately);
        MembershipEntry beating = MembershipLab.Entry();
        beating.StartTime = beating.IAmAliveTime = old;
        await MembershipLab.InsertAsync(table, beating);
        beating.IAmAliveTime = DateTime.UtcNow;
        await table.UpdateIAmAliveAsync(beating, Stop);
        int version = (await table.ReadAllAsync(Stop)).Version.Version;

        await table.CleanupDefunctSiloEntriesAsync(old.AddDays(3), Stop);

        MembershipTableData data = await table.ReadAllAsync(Stop);
        Assert.Equal(version + 1, data.Version.Version);
        Assert.Equal(
            [SiloStatus.Joining, SiloStatus.Joining, SiloStatus.Active, SiloStatus.Dead],
            data.Members.Select(static member => member.Item1.Status).Order());
        Assert.NotNull(data.TryGet(young.SiloAddress));
        Assert.NotNull(data.TryGet(lately.SiloAddress));
        Assert.NotNull(data.TryGet(beating.SiloAddress));
        Assert.Equal(2, Directory.GetFiles(_lab.Files.Heartbeats).Length);

        await table.CleanupDefunctSiloEntriesAsync(old.AddDays(3), Stop);
        Assert.Equal(data.Version, (await table.ReadAllAsync(Stop)).Version);
    }

    [Fact]
    public async Task DeleteMembershipTableEntries_OfThisCluster_AreGone_AndTheVersionGoesOn()
    {
        IMembershipTable table = await _lab.StartedTableAsync();
        MembershipEntry entry = await MembershipLab.InsertAsync(table, MembershipLab.Entry());
        await table.UpdateIAmAliveAsync(entry, Stop);

        await table.DeleteMembershipTableEntriesAsync("another", Stop);
        Assert.Single((await table.ReadAllAsync(Stop)).Members);
        await table.DeleteMembershipTableEntriesAsync(MembershipLab.ClusterId, Stop);

        MembershipTableData data = await table.ReadAllAsync(Stop);
        Assert.Empty(data.Members);
        Assert.Equal(2, data.Version.Version);
        Assert.Empty(Directory.GetFiles(_lab.Files.Heartbeats));
    }

    [Fact]
    public async Task GetGateways_AreTheActiveOnesWithAPort()
    {
        Assert.Empty(await _lab.Gateways().GetGateways());
        IMembershipTable table = await _lab.StartedTableAsync();
        await MembershipLab.InsertAsync(table, MembershipLab.Entry());
        MembershipEntry closed = MembershipLab.Entry(SiloStatus.Active);
        closed.ProxyPort = 0;
        await MembershipLab.InsertAsync(table, closed);
        MembershipEntry open = await MembershipLab.InsertAsync(table, MembershipLab.Entry(SiloStatus.Active));

        SiloAddress gateway = SiloAddress.New(open.SiloAddress.Endpoint.Address, 30000, open.SiloAddress.Generation);
        Assert.Equal(gateway.ToGatewayUri(), Assert.Single(await _lab.Gateways().GetGateways()));
    }
}
