using System.Net;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Messaging;
using Orleans.Runtime;
using OrleansShards.Client;
using OrleansShards.Grains.Clustering;
using OrleansShards.Grains.Interfaces.Membership;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Clustering;

/// <summary>A directory, and whoever uses it: each gets objects of its own, as another process would have them.</summary>
internal sealed class MembershipLab : IDisposable
{
    internal const string ClusterId = "lab";
    private static int _generations;
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    internal string Path => _directory.Path;

    internal MembershipDirectory Files => new(Path);

    public void Dispose() => _directory.Dispose();

    internal IMembershipTable Table(string clusterId = ClusterId) => TableIn(Path, clusterId);

    internal MembershipVersions Versions() => new(Files, ClusterId);

    internal async Task<IMembershipTable> StartedTableAsync()
    {
        IMembershipTable table = Table();
        await table.InitializeMembershipTableAsync(true, Stop);
        return table;
    }

    internal IGatewayListProvider Gateways(string clusterId = ClusterId) => new DirectoryGatewayListProvider(
        Files, Options.Create(new ClusterOptions { ClusterId = clusterId }), Options.Create(new GatewayOptions()));

    internal DirectoryClusteringValidator Validator(string clusterId = ClusterId) =>
        new(Files, Options.Create(new ClusterOptions { ClusterId = clusterId }));

    internal string Read(int version) => File.ReadAllText(Files.VersionPath(version));

    internal static IMembershipTable TableIn(string directory, string clusterId = ClusterId) => new DirectoryMembershipTable(
        new MembershipDirectory(directory), Options.Create(new ClusterOptions { ClusterId = clusterId }));

    /// <summary>A silo that was never there before, with each field set.</summary>
    internal static MembershipEntry Entry(SiloStatus status = SiloStatus.Joining)
    {
        DateTime now = DateTime.UtcNow;
        return new MembershipEntry
        {
            SiloAddress = SiloAddress.New(IPAddress.Loopback, 11111, Interlocked.Increment(ref _generations)),
            SiloName = "silo",
            HostName = "host",
            RoleName = "role",
            Status = status,
            ProxyPort = 30000,
            UpdateZone = 1,
            FaultZone = 2,
            StartTime = now.AddSeconds(-1),
            IAmAliveTime = now,
        };
    }

    /// <summary>Inserts under the newest version, whichever that is.</summary>
    internal static async Task<MembershipEntry> InsertAsync(IMembershipTable table, MembershipEntry entry)
    {
        Assert.True(await table.InsertRowAsync(entry, (await table.ReadAllAsync(Stop)).Version.Next(), Stop));
        return entry;
    }

    /// <summary>Changes a row that nobody else changes, so that the table goes on by one version.</summary>
    internal static async Task AdvanceAsync(IMembershipTable table, SiloAddress silo, int versions)
    {
        for (int done = 0; done < versions; done++)
        {
            MembershipTableData data = await table.ReadAllAsync(Stop);
            (MembershipEntry entry, string etag) = data.TryGet(silo)!;
            Assert.True(await table.UpdateRowAsync(entry, etag, data.Version.Next(), Stop));
        }
    }

    /// <summary>Inserts a new silo as often as it takes.</summary>
    internal static async Task InsertUntilWonAsync(IMembershipTable table)
    {
        MembershipEntry entry = Entry();
        while (!await table.InsertRowAsync(entry, (await table.ReadAllAsync(Stop)).Version.Next(), Stop))
        {
        }
    }

    /// <summary>Adds 1 to a field of a row that others count up, too.</summary>
    /// <returns>The versions that were won.</returns>
    internal static async Task<int[]> CountUpAsync(IMembershipTable table, SiloAddress silo, int times)
    {
        List<int> won = [];
        while (won.Count < times)
        {
            if (await TryCountUpAsync(table, silo) is { } version)
                won.Add(version);
        }

        return [.. won];
    }

    internal static async Task<int?> TryCountUpAsync(IMembershipTable table, SiloAddress silo)
    {
        MembershipTableData data = await table.ReadAllAsync(Stop);
        (MembershipEntry entry, string etag) = data.TryGet(silo)!;
        entry.FaultZone++;
        TableVersion next = data.Version.Next();
        return await table.UpdateRowAsync(entry, etag, next, Stop) ? next.Version : null;
    }
}
