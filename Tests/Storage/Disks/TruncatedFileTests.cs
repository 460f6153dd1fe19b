namespace OrleansShards.Tests.Storage.Disks;

/// <summary>A file loses its end while the store has it open.</summary>
public sealed class TruncatedFileTests
{
    public static TheoryData<FileStore, string> Files => new()
    {
        { FileStore.Sqlite, "logs.db" },
        { FileStore.Directory, "records" },
        { FileStore.Directory, "manifests" },
        { FileStore.Directory, "chunks" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task FileTruncatedWhileOpen_IsNamed_AndNothingElseIsServedInItsPlace(FileStore kind, string which)
    {
        var (named, cuts) = (0, 0);
        for (var seed = 1; seed <= 12; seed++)
        {
            await using DiskRun run = new(kind, seed);
            Random random = new(seed);
            var context = $"{kind}, {which}, seed {seed}";
            await run.OpenAndCheckAsync(context);
            await run.WriteAsync(40);
            var file = Pick(run, which, random);
            using (FileStream open = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
                open.SetLength(random.NextInt64(open.Length));

            cuts++;
            // A directory's file is read when its log is opened, unless a later checkpoint has replaced it.
            var whileOpen = await run.WriteAsync(kind == FileStore.Sqlite ? 60 : 0);
            await run.CloseAsync();
            var refused = await run.OpenAsync();
            named += whileOpen.Count + refused.Count > 0 ? 1 : 0;
            foreach (var log in run.Logs.Where(log => refused.TrueForAll(one => one.Log is not null && one.Log != log)))
            {
                var lost = log.CountLost(context);
                Assert.True(lost == 0 || whileOpen.Count > 0, $"{context}: log {log.Name} has lost {lost} words in silence");
            }

            if (kind == FileStore.Directory)
                Assert.True(refused.Count <= 1, $"{context}: {string.Join("; ", refused)}");
        }

        Assert.True(named > cuts / 2, $"{named} of {cuts} truncations of {which} were named");
        TestContext.Current.SendDiagnosticMessage($"{kind}, {which}: {named} of {cuts} truncations were named");
    }

    private static string Pick(DiskRun run, string which, Random random)
    {
        if (which.StartsWith("logs.db", StringComparison.Ordinal))
            return Path.Combine(run.Data, which);

        var files = Directory.GetFiles(run.Data, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) == which).Order(StringComparer.Ordinal).ToArray();
        return files[random.Next(files.Length)];
    }
}
