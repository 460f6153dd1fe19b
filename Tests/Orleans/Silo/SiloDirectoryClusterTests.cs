using System.Text.Json;
using Orleans.Runtime;
using OrleansShards.Grains.Clustering;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Membership;
using OrleansShards.Silo.Cli;
using OrleansShards.Silo.Clustering;
using OrleansShards.Storage;
using OrleansShards.Storage.Directory;
using OrleansShards.Tests.Orleans.Cluster;
using OrleansShards.Tests.Orleans.Clustering;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Silo;

/// <summary>Silos that are a cluster because they have the same directory.</summary>
public sealed class SiloDirectoryClusterTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Silos_WithTheSameDirectory_AreOneCluster_AndOneThatIsKilledIsMissed()
    {
        using SiloRun first = Start("n1");
        using SiloRun second = Start("n2");
        using SiloRun third = Start("n3");
        await first.UntilReadyIsAsync(true);
        await second.UntilReadyIsAsync(true);
        await third.UntilReadyIsAsync(true);
        Assert.Equal(3, ActiveSilos());
        Assert.Contains($"logs in the directory {_directory.Path}; dashboard", string.Join('\n', first.Lines), StringComparison.Ordinal);

        first.Kill();
        await OrleansCluster.UntilAsync(() => ActiveSilos() == 2, "the silo that was killed is declared dead");
        await second.UntilReadyIsAsync(true);
        await second.UntilAsync(
            "/health/ready", "somebody leads",
            static (_, ready) => ready.TryGetProperty("term", out JsonElement term) && term.GetInt64() > 0);
        third.Terminate();
        Assert.Equal(0, await third.EndedAsync());
    }

    [Fact]
    public void Claim_PortsThatWereNotGiven_AreTheFirstThatNoOtherSiloHas()
    {
        int[] ports = FreePorts.Take(3);
        SiloSettings settings = Settings() with
        {
            SiloPort = ports[0],
            GatewayPort = ports[1],
            HttpPort = ports[2],
        };
        using PortClaims others = new();
        using PortClaims claims = new();

        SiloSettings theirs = others.Claim(settings);
        SiloSettings ours = claims.Claim(settings);

        Assert.True(theirs.SiloEndpoint.Port >= ports[0], "the search begins at the default");
        int[] all = [.. new[] { theirs, ours }.SelectMany(
            static one => new[] { one.SiloEndpoint.Port, one.GatewayEndpoint.Port, one.HttpEndpoint.Port })];
        Assert.Equal(6, all.Distinct().Count());
        others.Dispose();
        using PortClaims later = new();
        Assert.Equal(theirs.SiloEndpoint, later.Claim(settings).SiloEndpoint);
    }

    [Fact]
    public void Claim_PortsThatWereGiven_AreTaken()
    {
        SiloSettings settings = Settings("--silo-port", "7", "--gateway-port", "8", "--http-port", "9");
        using PortClaims claims = new();

        Assert.Same(settings, claims.Claim(settings));
    }

    [Fact]
    public void Ensure_ADirectoryThatHoldsSomethingElse_IsRefusedByName()
    {
        File.WriteAllText(_directory.File("photo.jpg"), "");

        LogStoreException refusal = Assert.Throws<LogStoreException>(() => new SharedDirectory(_directory.Path).Ensure());

        Assert.Contains("holds 'photo.jpg'", refusal.Message, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task Silo_AloneOnADirectoryOfSeveral_IsRefused()
    {
        Directory.CreateDirectory(_directory.File("logs"));
        Directory.CreateDirectory(_directory.File("members"));
        using SiloRun silo = new("--data", _directory.Path);

        Assert.Equal(1, await silo.EndedAsync());
        Assert.Contains("holds a cluster of several processes", await silo.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silo_OfAnotherClusterOnTheSameLogs_IsRefusedByName()
    {
        await using (DirectoryLogStore logs = await OpenLogsAsync())
            await ClusterClaim.TakeAsync(logs, "first", "The logs");

        using SiloRun silo = Start("n1");
        Assert.Equal(1, await silo.EndedAsync());
        string error = Assert.Single((await silo.Errors).Trim().Split('\n'));
        Assert.Contains(
            $"'{_directory.File("logs")}' belongs to the cluster 'first'; this is the cluster '{ClusterNames.ClusterId}'", error,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.File("members")), "a refused silo joins nobody");
    }

    // As an earlier release has left it. If the logs were claimed first, they would be lost to their own cluster.
    [Fact]
    public async Task Silo_OfAnotherClusterAndLogsNobodyHasClaimed_IsRefusedAndClaimsNothing()
    {
        await MembershipLab.TableIn(_directory.File("members"), "first")
            .InitializeMembershipTableAsync(true, TestContext.Current.CancellationToken);
        using SiloRun silo = Start("n1");
        Assert.Equal(1, await silo.EndedAsync());
        Assert.Contains(
            $"belongs to the cluster 'first'; expected '{ClusterNames.ClusterId}'", Assert.Single((await silo.Errors).Trim().Split('\n')),
            StringComparison.Ordinal);
        await using DirectoryLogStore logs = await OpenLogsAsync();
        await ClusterClaim.TakeAsync(logs, "first", "The logs");
    }

    private Task<DirectoryLogStore> OpenLogsAsync() => DirectoryLogStore.OpenAsync(
        new DirectoryLogStoreOptions { Directory = _directory.File("logs") }, TestContext.Current.CancellationToken);

    private int ActiveSilos() => new MembershipDirectory(new SharedDirectory(_directory.Path).Members)
        .ReadNewest(ClusterNames.ClusterId)!.Members.Count(static member => member.Status == SiloStatus.Active);

    private SiloSettings Settings(params string[] ports)
    {
        (SiloSettings settings, IReadOnlyList<string> errors) = new SiloOptionReader().Read(
            ["--cluster", "directory", "--data", _directory.Path, .. ports], null, null);
        Assert.Empty(errors);
        return settings;
    }

    private SiloRun Start(string name) => new("--cluster", "directory", "--data", _directory.Path, "--name", name);
}
