using Orleans;
using Orleans.Runtime;
using OrleansShards.Grains.Clustering;

namespace OrleansShards.Tests.Orleans.Clustering;

/// <summary>What is in the directory, and what is said of one that cannot be used.</summary>
public sealed class DirectoryMembershipFileTests : IDisposable
{
    private readonly MembershipLab _lab = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task UpdateRow_ManyVersions_TheLastOnesKeepTheirContentAndAllTheirNames()
    {
        const int Versions = 3 * MembershipVersions.Kept;
        IMembershipTable table = await _lab.StartedTableAsync();
        MembershipEntry entry = await MembershipLab.InsertAsync(table, MembershipLab.Entry());
        await MembershipLab.AdvanceAsync(table, entry.SiloAddress, Versions - 1);

        long[] lengths =
            [.. Enumerable.Range(0, Versions + 1).Select(version => new FileInfo(_lab.Files.VersionPath(version)).Length)];
        Assert.All(lengths[..^MembershipVersions.Kept], static length => Assert.Equal(0, length));
        Assert.All(lengths[^MembershipVersions.Kept..], static length => Assert.NotEqual(0, length));
        Assert.Equal(Versions + 1, Directory.GetFiles(_lab.Path).Length);
    }

    [Fact]
    public async Task UpdateRow_WriterWasKilledBeforeItEmptied_TheNextOneDoes()
    {
        IMembershipTable table = await _lab.StartedTableAsync();
        MembershipEntry entry = await MembershipLab.InsertAsync(table, MembershipLab.Entry());
        await MembershipLab.AdvanceAsync(table, entry.SiloAddress, MembershipVersions.Kept + 4);
        foreach (int version in new[] { 3, 4, 5 })
            await File.WriteAllTextAsync(_lab.Files.VersionPath(version), "left", Stop);

        await MembershipLab.AdvanceAsync(table, entry.SiloAddress, 1);
        Assert.All(Enumerable.Range(0, 7), version => Assert.Equal("", _lab.Read(version)));
    }

    [Fact]
    public async Task Initialize_TemporariesOfKilledWriters_AreDeletedAndOthersStay()
    {
        await _lab.StartedTableAsync();
        string[] files =
        [
            Path.Combine(_lab.Path, ".new-1-old"), Path.Combine(_lab.Files.Heartbeats, ".new-1-old"),
            Path.Combine(_lab.Path, ".new-1-young"), Path.Combine(_lab.Path, "old-of-a-person"),
        ];
        foreach (string file in files)
        {
            await File.WriteAllTextAsync(file, "", Stop);
            if (!file.EndsWith("young", StringComparison.Ordinal))
                File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-2));
        }

        await _lab.StartedTableAsync();
        Assert.Equal([false, false, true, true], files.Select(File.Exists));
    }

    [Fact]
    public async Task Version_AsAPersonSeesIt()
    {
        MembershipEntry entry = MembershipLab.Entry(SiloStatus.Active);
        entry.SiloAddress = SiloAddress.New(System.Net.IPAddress.Parse("10.0.0.7"), 11111, 42);
        entry.StartTime = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        entry.IAmAliveTime = entry.StartTime.AddMilliseconds(6);
        entry.AddSuspector(SiloAddress.New(System.Net.IPAddress.IPv6Loopback, 11112, 43), entry.StartTime);
        IMembershipTable table = await _lab.StartedTableAsync();
        await MembershipLab.InsertAsync(table, entry);
        await table.UpdateIAmAliveAsync(entry, Stop);

        const string Expected =
            """
            {
              "format": 1,
              "clusterId": "lab",
              "version": 1,
              "members": [
                {
                  "silo": "10.0.0.7:11111@42",
                  "status": "Active",
                  "name": "silo",
                  "host": "host",
                  "proxyPort": 30000,
                  "role": "role",
                  "updateZone": 1,
                  "faultZone": 2,
                  "startTime": "2026-01-02T03:04:05Z",
                  "iAmAliveTime": "2026-01-02T03:04:05.006Z",
                  "suspicions": [
                    {
                      "silo": "::1:11112@43",
                      "time": "2026-01-02T03:04:05Z"
                    }
                  ],
                  "changedAt": 1
                }
              ]
            }
            """;
        Assert.Equal(Expected, _lab.Read(1));
        Assert.Equal(Path.Combine(_lab.Path, "0000000001.json"), _lab.Files.VersionPath(1));
        Assert.Equal(
            [Path.Combine(_lab.Path, "alive", "10.0.0.7:11111@42.json")], Directory.GetFiles(_lab.Files.Heartbeats));
        Assert.Equal(entry.ToFullString(), Assert.Single((await _lab.Table().ReadAllAsync(Stop)).Members).Item1.ToFullString());
    }

    [Theory]
    [InlineData("", "damaged: it is empty")]
    [InlineData("{", "damaged")]
    [InlineData("null", "damaged: it is null")]
    [InlineData("""{"format":1}""", "damaged")]
    [InlineData("""{"format":1,"clusterId":"lab","version":1,"members":[{"silo":"nobody"}]}""", "damaged")]
    [InlineData("""{"format":1,"clusterId":"lab","version":1,"members":null}""", "damaged")]
    [InlineData("""{"format":1,"clusterId":"lab","version":7,"members":[]}""", "damaged: it says that it is version 7")]
    [InlineData("""{"format":2,"clusterId":"lab","rows":{}}""", "has format 2; this release reads format 1")]
    [InlineData("""{"format":1,"clusterId":"x","version":1,"members":[]}""", "belongs to the cluster 'x'; expected 'lab'")]
    public async Task NewestVersion_CannotBeUsed_IsNamedToSilosAndClients(string content, string expected)
    {
        IMembershipTable table = await _lab.StartedTableAsync();
        await MembershipLab.InsertAsync(table, MembershipLab.Entry());
        await File.WriteAllTextAsync(_lab.Files.VersionPath(1), content, Stop);

        string named = $"'{_lab.Files.VersionPath(1)}' {(expected.StartsWith("damaged", StringComparison.Ordinal) ? "is " : "")}{expected}";
        Func<Task>[] all =
        [
            async () => await table.ReadAllAsync(Stop), () => _lab.Table().InitializeMembershipTableAsync(true, Stop),
            () => _lab.Gateways().GetGateways(),
        ];
        foreach (Func<Task> use in all)
        {
            InvalidDataException failure = await Assert.ThrowsAsync<InvalidDataException>(use);
            Assert.Contains(named, failure.Message, StringComparison.Ordinal);
        }

        AssertRefused(_lab.Validator(), named);
        Assert.Equal(content, _lab.Read(1));
    }

    [Fact]
    public async Task ReadAll_DirectoryWasReplacedUnderARunningSilo_IsNoticed()
    {
        IMembershipTable table = await _lab.StartedTableAsync();
        MembershipEntry entry = await MembershipLab.InsertAsync(table, MembershipLab.Entry());
        Directory.Delete(_lab.Path, recursive: true);
        Directory.CreateDirectory(_lab.Path);
        InvalidDataException failure = await Assert.ThrowsAsync<InvalidDataException>(() => table.ReadAllAsync(Stop));
        Assert.Contains($"'{_lab.Files.VersionPath(1)}' is gone", failure.Message, StringComparison.Ordinal);

        await _lab.StartedTableAsync();
        await Assert.ThrowsAsync<InvalidDataException>(() => table.UpdateRowAsync(entry, "1", new TableVersion(2, "1"), Stop));
        Assert.Equal(0, (await _lab.Table().ReadAllAsync(Stop)).Version.Version);
    }

    [Fact]
    public async Task Validate_DirectoryOfOurs_IsAcceptedWhateverElseIsInIt()
    {
        _lab.Validator().ValidateConfiguration();
        await _lab.StartedTableAsync();
        await File.WriteAllTextAsync(Path.Combine(_lab.Path, "notes.txt"), "", Stop);
        _lab.Validator().ValidateConfiguration();
        Assert.Equal(2, Directory.GetFiles(_lab.Path).Length);
    }

    [Fact]
    public async Task Validate_ForeignDirectory_IsRefusedAndLeftAlone()
    {
        await File.WriteAllTextAsync(Path.Combine(_lab.Path, "notes.txt"), "", Stop);
        AssertRefused(_lab.Validator(), $"'{_lab.Path}' has no table of silos, but has 'notes.txt'; expected an empty directory");
        Assert.Single(Directory.GetFileSystemEntries(_lab.Path));
    }

    [Fact]
    public void Validate_DirectoryOfAnotherCluster_IsRefused()
    {
        _lab.Versions().Create();
        AssertRefused(_lab.Validator("other"), "belongs to the cluster 'lab'; expected 'other'");
    }

    [Theory]
    [InlineData("/dev/null/members", "cannot be created")]
    [InlineData("/proc/tty/ldisc", "cannot be written to")] // An empty directory where not even root may write.
    public void Validate_CannotBeCreatedOrWritten_IsNamed(string path, string expected)
    {
        DirectoryClusteringValidator validator = new(
            new(path), Microsoft.Extensions.Options.Options.Create(new global::Orleans.Configuration.ClusterOptions()));
        AssertRefused(validator, $"'{path}' {expected}");
    }

    private static void AssertRefused(DirectoryClusteringValidator validator, string expected)
    {
        OrleansConfigurationException failure =
            Assert.Throws<OrleansConfigurationException>(validator.ValidateConfiguration);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }
}
