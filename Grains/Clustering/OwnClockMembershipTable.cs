namespace OrleansShards.Grains.Clustering;

/// <summary>
/// Shows the heartbeats of a membership table in this process's clock. Orleans compares the stamp of a heartbeat, which is the writer's
/// clock, with the reader's: a silo whose clock is seconds behind counts as stale although it lives (its metadata are not read, nobody
/// gossips to it), and one whose clock is ahead counts as alive for long after its death, which keeps others from joining.
/// </summary>
/// <remarks>
/// A stamp that differs from the one before, in whichever direction, is a sign of life of this moment. One that is seen for the first time
/// counts as it is, so that silos that died long ago do not hold up a restart, but never as later than now. What is written back is the
/// silo's own stamp. Thread-safe.
/// <para>After this process's clock has jumped, parts of Orleans use it and parts the steady one. Stamps are in the later of both: a dead
/// silo may look alive for longer, and is probed all the same; a live one never looks dead.</para>
/// </remarks>
/// <param name="table">The table.</param>
/// <param name="clock">The wall clock.</param>
/// <param name="steady">The same, without jumps.</param>
internal sealed class OwnClockMembershipTable(IMembershipTable table, TimeProvider clock, SteadyClock steady) : IMembershipTable
{
    // Smaller differences are the measurement's, and must not look like heartbeats.
    private static readonly TimeSpan JumpMin = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Dictionary<SiloAddress, Sight> _sights = [];

    public Task InitializeMembershipTable(bool tryInitTableVersion) =>
        table.InitializeMembershipTableAsync(tryInitTableVersion, CancellationToken.None);

    public Task DeleteMembershipTableEntries(string clusterId) =>
        table.DeleteMembershipTableEntriesAsync(clusterId, CancellationToken.None);

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) =>
        table.CleanupDefunctSiloEntriesAsync(beforeDate, CancellationToken.None);

    public async Task<MembershipTableData> ReadRow(SiloAddress key)
    {
        MembershipTableData data = await table.ReadRowAsync(key, CancellationToken.None).ConfigureAwait(false);
        lock (_lock)
        {
            foreach ((MembershipEntry entry, _) in data.Members)
                _sights[entry.SiloAddress] = Show(entry);
        }

        return data;
    }

    public async Task<MembershipTableData> ReadAll()
    {
        MembershipTableData data = await table.ReadAllAsync(CancellationToken.None).ConfigureAwait(false);
        lock (_lock)
        {
            // Only those that are in the table: silos come and go.
            Dictionary<SiloAddress, Sight> sights = [];
            foreach ((MembershipEntry entry, _) in data.Members)
                sights[entry.SiloAddress] = Show(entry);

            _sights = sights;
        }

        return data;
    }

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) =>
        table.InsertRowAsync(entry, tableVersion, CancellationToken.None);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
        table.UpdateRowAsync(WithOwnStamps(entry), etag, tableVersion, CancellationToken.None);

    public Task UpdateIAmAlive(MembershipEntry entry) =>
        table.UpdateIAmAliveAsync(entry, CancellationToken.None);

    // Changes the entry, which nobody else has yet.
    private Sight Show(MembershipEntry entry)
    {
        DateTimeOffset wall = clock.GetUtcNow();
        DateTimeOffset elapsed = steady.GetUtcNow();
        DateTime now = (wall > elapsed ? wall : elapsed).UtcDateTime;
        DateTime alive = MembershipRows.Utc(entry.IAmAliveTime);
        DateTime started = MembershipRows.Utc(entry.StartTime);
        Sight sight;
        if (!_sights.TryGetValue(entry.SiloAddress, out Sight? known))
        {
            DateTime latest = started > alive ? started : alive;
            sight = new Sight(alive, started, latest < now ? now - latest : TimeSpan.Zero, clock.GetTimestamp(), now);
        }
        else
        {
            sight = known.Alive == alive ? known : new Sight(alive, started, TimeSpan.Zero, clock.GetTimestamp(), now);
        }

        // By the monotonic clock, so that a jump of this process's clock makes nobody older.
        DateTime shown = now - sight.Age - clock.GetElapsedTime(sight.SeenAt);
        if ((shown - sight.Shown).Duration() < JumpMin && known is not null && ReferenceEquals(known, sight))
            shown = sight.Shown;

        sight = sight with { Shown = shown, ShownStart = started < shown ? started : shown };
        entry.IAmAliveTime = sight.Shown;
        entry.StartTime = sight.ShownStart;
        return sight;
    }

    private MembershipEntry WithOwnStamps(MembershipEntry entry)
    {
        Sight? sight;
        lock (_lock)
            sight = _sights.GetValueOrDefault(entry.SiloAddress);

        return sight is null ? entry : new MembershipEntry
        {
            SiloAddress = entry.SiloAddress,
            Status = entry.Status,
            SuspectTimes = entry.SuspectTimes,
            ProxyPort = entry.ProxyPort,
            HostName = entry.HostName,
            SiloName = entry.SiloName,
            RoleName = entry.RoleName,
            UpdateZone = entry.UpdateZone,
            FaultZone = entry.FaultZone,
            StartTime = entry.StartTime == sight.ShownStart ? sight.Started : entry.StartTime,
            IAmAliveTime = entry.IAmAliveTime == sight.Shown ? sight.Alive : entry.IAmAliveTime,
        };
    }

    /// <summary>A row as it was last read.</summary>
    /// <param name="Alive">Its heartbeat, by its silo's clock.</param>
    /// <param name="Started">Its silo's start, by that clock.</param>
    /// <param name="Age">How old the heartbeat counted when it was first seen.</param>
    /// <param name="SeenAt">When that was, by the monotonic clock.</param>
    /// <param name="Shown">The heartbeat as it is shown.</param>
    private sealed record Sight(DateTime Alive, DateTime Started, TimeSpan Age, long SeenAt, DateTime Shown)
    {
        /// <summary>The start as it is shown: Orleans takes the later of both for the heartbeat.</summary>
        internal DateTime ShownStart { get; init; }
    }
}

/// <summary>
/// The wall clock as it was at the start, moved on by the monotonic one. Orleans waits until a time of day, for its probes and heartbeats,
/// too: after a wall clock was set back they would stop until it has caught up.
/// </summary>
internal sealed class SteadyClock(TimeProvider clock) : TimeProvider
{
    private readonly DateTimeOffset _startedAt = clock.GetUtcNow();
    private readonly long _start = clock.GetTimestamp();

    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _startedAt + clock.GetElapsedTime(_start);

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        clock.CreateTimer(callback, state, dueTime, period);
}
