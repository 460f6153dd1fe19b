using Orleans;
using Orleans.Runtime;
using OrleansShards.Grains.Clustering;

namespace OrleansShards.Tests.Orleans.Clustering;

/// <summary>How heartbeats by other clocks look in this process's clock.</summary>
public sealed class OwnClockMembershipTableTests : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly MembershipLab _lab = new();
    private readonly Clock _clock = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task ReadAll_AClockThatIsAhead_CountsAsNowAndGetsOlder()
    {
        (IMembershipTable table, MembershipEntry silo) = await TableWithAsync(10 * Minute);
        DateTime seenAt = _clock.Now;

        Assert.Equal(seenAt, await AliveAsync(table, silo));
        _clock.Pass(Minute);
        Assert.Equal(seenAt, await AliveAsync(table, silo));
    }

    [Fact]
    public async Task ReadAll_AClockThatIsBehind_CountsAsNowOnceItHasBeaten()
    {
        (IMembershipTable table, MembershipEntry silo) = await TableWithAsync(-6 * Minute);
        Assert.Equal(silo.IAmAliveTime, await AliveAsync(table, silo));

        _clock.Pass(Minute);
        await BeatAsync(silo, Minute);

        Assert.Equal(_clock.Now, await AliveAsync(table, silo));
    }

    [Fact]
    public async Task ReadAll_AClockThatWasSetBack_IsASignOfLife()
    {
        (IMembershipTable table, MembershipEntry silo) = await TableWithAsync(TimeSpan.Zero);
        await AliveAsync(table, silo);

        _clock.Pass(Minute);
        await BeatAsync(silo, -10 * Minute);

        Assert.Equal(_clock.Now, await AliveAsync(table, silo));
    }

    [Fact]
    public async Task ReadAll_ThisClockJumps_NobodyGetsOlder()
    {
        (IMembershipTable table, MembershipEntry silo) = await TableWithAsync(TimeSpan.Zero);
        await AliveAsync(table, silo);

        _clock.Jump(10 * Minute);

        Assert.Equal(_clock.Now, await AliveAsync(table, silo));
    }

    [Fact]
    public async Task ReadAll_ThisClockIsSetBack_NobodyGetsOlderByTheSteadyOne()
    {
        (IMembershipTable table, MembershipEntry silo) = await TableWithAsync(TimeSpan.Zero);
        DateTime seenAt = await AliveAsync(table, silo);

        _clock.Jump(-10 * Minute);
        _clock.Pass(Minute);
        Assert.Equal(seenAt, await AliveAsync(table, silo));

        await BeatAsync(silo, -9 * Minute);
        Assert.Equal(seenAt + Minute, await AliveAsync(table, silo));
    }

    [Fact]
    public async Task UpdateRow_WhatWasRead_KeepsTheStampsOfItsOwnClock()
    {
        (IMembershipTable table, MembershipEntry silo) = await TableWithAsync(10 * Minute);
        MembershipTableData data = await table.ReadAllAsync(Stop);
        (MembershipEntry entry, string etag) = data.TryGet(silo.SiloAddress)!;
        entry.Status = SiloStatus.Dead;

        Assert.True(await table.UpdateRowAsync(entry, etag, data.Version.Next(), Stop));

        MembershipEntry written = (await _lab.Table().ReadAllAsync(Stop)).Members[0].Item1;
        Assert.Equal((SiloStatus.Dead, silo.StartTime, silo.IAmAliveTime), (written.Status, written.StartTime, written.IAmAliveTime));
    }

    private static async Task<DateTime> AliveAsync(IMembershipTable table, MembershipEntry silo)
    {
        MembershipEntry read = (await table.ReadAllAsync(Stop)).TryGet(silo.SiloAddress)!.Item1;
        Assert.True(read.StartTime <= read.IAmAliveTime, "Orleans takes the later of both");
        return read.IAmAliveTime;
    }

    private async Task<(IMembershipTable Table, MembershipEntry Silo)> TableWithAsync(TimeSpan off)
    {
        MembershipEntry silo = MembershipLab.Entry(SiloStatus.Active);
        silo.StartTime = silo.IAmAliveTime = _clock.Now + off;
        await MembershipLab.InsertAsync(await _lab.StartedTableAsync(), silo);
        return (new OwnClockMembershipTable(_lab.Table(), _clock, new SteadyClock(_clock)), silo);
    }

    private Task BeatAsync(MembershipEntry silo, TimeSpan later) => _lab.Table().UpdateIAmAliveAsync(
        new MembershipEntry { SiloAddress = silo.SiloAddress, IAmAliveTime = silo.IAmAliveTime + later }, Stop);

    private sealed class Clock : TimeProvider
    {
        private long _timestamp;

        internal DateTime Now { get; private set; } = new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _timestamp;

        public override DateTimeOffset GetUtcNow() => Now;

        internal void Pass(TimeSpan time)
        {
            _timestamp += time.Ticks;
            Jump(time);
        }

        internal void Jump(TimeSpan by) => Now += by;
    }
}
