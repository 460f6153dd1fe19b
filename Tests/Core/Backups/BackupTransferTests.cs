using OrleansShards.Backups;

namespace OrleansShards.Tests.Core.Backups;

/// <summary>A backup's way into a file: it has its name when it is whole, and not before.</summary>
public sealed class BackupTransferTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("orleansshards-transfer-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string FilePath => Path.Combine(_directory, "a.backup");

    [Fact]
    public async Task Save_WholeBackup_IsWrittenAsItCame()
    {
        byte[] sent = await SampleShard.FileAsync(SampleShard.Of(3));
        BackupReport report = await BackupTransfer.SaveAsync(new MemoryStream(sent), FilePath, cancellationToken: Stop);

        Assert.Equal(4, report.Keys);
        Assert.Equal(sent, await File.ReadAllBytesAsync(FilePath, Stop));
        Assert.Equal([FilePath], Directory.GetFiles(_directory));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));

        using MemoryStream read = new();
        await using (Stream body = BackupTransfer.OpenForRestore(FilePath))
            await body.CopyToAsync(read, Stop);

        Assert.Equal(sent, read.ToArray());
    }

    [Fact]
    public async Task Save_DamagedOrCutOff_LeavesNoFile()
    {
        byte[] sent = await SampleShard.FileAsync(SampleShard.Of(3));
        await Assert.ThrowsAsync<BackupDamageException>(
            () => BackupTransfer.SaveAsync(new MemoryStream(sent[..^1]), FilePath, cancellationToken: Stop));
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task Save_NameThatIsTaken_KeepsWhatIsThere()
    {
        await File.WriteAllTextAsync(FilePath, "mine", Stop);
        byte[] sent = await SampleShard.FileAsync(SampleShard.Of(1));
        IOException refused = await Assert.ThrowsAsync<IOException>(
            () => BackupTransfer.SaveAsync(new MemoryStream(sent), FilePath, cancellationToken: Stop));
        Assert.Contains("is there already", refused.Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(FilePath, Stop));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
