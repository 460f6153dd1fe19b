using OrleansShards.Backups;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Core.Backups;

/// <summary>A backup's file: what is written is read, and nothing that was touched since.</summary>
public sealed class BackupFileTests
{
    // Version 1 of the format. Never edited: a file that was written must be readable for ever.
    private const string Golden =
        "T1NIQVJEUwoBARYAAAARBwiABDAwZmYEaGVyZYCAnM3KZAEDxYIIhwIYAAAAEwcJgHsicGlucyI6eyIxIjoiZzIifX0DJ674HwNFAAAASRdIAAAA"
        + "nnfX+79aCyRJoP0FGFEUSKQZxQd2coC3nRxswCEFbmEko54BIhWd5rpGWoUHINlPqy3gu0tOyf+7xxJ5vtsAgvE0KgQlAAAANhc1AAAAUrteh9Il"
        + "M5/q5FE/C5lHokKqqqGMmFXGRMQ07vx3C0XlHLIEIwAAAHUXdAAAQE82itJfq2RjikTSuxCVKggGsk3DgrLOADsMXm8B5fJsOwQlAAAAIIcPgAIe"
        + "AwJjMAICAAEBAwJjMQICAAICBAFyCAIAAQF3Zf/KA4bZqsAFEQAAAAyHBYADAgF1uxsW8emVYXQD6L8+cgYlAAAAIIcPgCC5D0PV6UoifnSTGehQ"
        + "R+gRp3+8lLBkdGQmErbEZln7A1LnBfI=";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Verify_WholeFile_ReportsWhatItHas()
    {
        byte[] file = await SampleShard.FileAsync(SampleShard.Of(3), SampleShard.Of(0, 20));
        List<BackupProgress> seen = [];

        BackupReport report = await BackupFile.VerifyAsync(new MemoryStream(file), new Sink(seen.Add), Stop);

        Assert.Equal(("00ff", "here", 5, 3), (report.Backup, report.Cluster, (int)report.Keys, (int)report.Sessions));
        Assert.Equal("""{"pins":{"1":"g2"}}""", report.Masters);
        Assert.Equal([(0, 4L, 7UL), (1, 1L, 7UL)], report.Shards.Select(static shard => (shard.Shard, shard.Keys, shard.LogIndex)));
        Assert.Equal(64, report.Digest.Length);
        Assert.Equal(new BackupProgress(file.Length, report.Bytes, 2, 2), seen[^1]);
    }

    [Fact]
    public async Task Verify_AnyBitFlipped_IsNamedWithItsPlace()
    {
        byte[] file = await SampleShard.FileAsync(SampleShard.Of(2, 100), SampleShard.Of(1, 20));
        HashSet<string> places = [];
        for (int at = 0; at < file.Length; at++)
        {
            byte[] flipped = [.. file];
            flipped[at] ^= (byte)(1 << (at % 8));
            string text = (await DamageAsync(flipped)).Message;
            places.Add(PlaceOf(text));
        }

        Assert.Equal(
            [
                "this is no backup", "the backup has format", "in its header", "in the masters' decisions", "before shard 0",
                "in chunk 0 of shard 0", "in chunk 1 of shard 0", "at the end of shard 0", "before shard 1", "in chunk 0 of shard 1",
                "in chunk 1 of shard 1", "at the end of shard 1", "at its end",
            ],
            places.Where(static place => !place.Contains("chunk", StringComparison.Ordinal) || place[9] is '0' or '1'));
    }

    [Fact]
    public async Task Verify_CutOffAnywhere_SaysSo()
    {
        byte[] file = await SampleShard.FileAsync(SampleShard.Of(2, 100));
        for (int length = 0; length < file.Length; length++)
        {
            string text = (await DamageAsync(file[..length])).Message;
            Assert.Contains(length < 9 ? "this is no backup" : "is cut off", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Verify_MoreBehindTheEnd_IsRefused() =>
        Assert.Contains(
            "more bytes follow behind the end",
            (await DamageAsync([.. await SampleShard.FileAsync(SampleShard.Of(1)), 0])).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Verify_ShardBegunAgain_CountsOnce()
    {
        SampleShard shard = SampleShard.Of(3);
        using MemoryStream file = new();
        using BackupWriter writer = new(file);
        await SampleShard.BeginAsync(writer, 1);
        await SampleShard.Of(9).WriteAsync(writer, 0, 2, isEnded: false);
        await shard.WriteAsync(writer, 0, shard.Chunks.Count, isEnded: true);
        await writer.EndAsync(Stop);

        Assert.Equal(shard.Content.Keys, (await BackupFile.VerifyAsync(new MemoryStream(file.ToArray()), cancellationToken: Stop)).Keys);
    }

    [Fact]
    public async Task Verify_ShardWithAnotherDigest_IsRefused()
    {
        SampleShard shard = SampleShard.Of(3);
        shard.Chunks[0] = SampleShard.Of(3, factor: 20).Chunks[0];
        Assert.Contains("is of digest", (await DamageAsync(await SampleShard.FileAsync(shard))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_MissingShard_IsRefused()
    {
        using MemoryStream file = new();
        using BackupWriter writer = new(file);
        await SampleShard.BeginAsync(writer, 2);
        SampleShard shard = SampleShard.Of(1);
        await shard.WriteAsync(writer, 0, shard.Chunks.Count, isEnded: true);
        await writer.EndAsync(Stop);

        Assert.Contains("before shard 1", (await DamageAsync(file.ToArray())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_GivenUpBySilo_HasTheReason()
    {
        using MemoryStream file = new();
        using BackupWriter writer = new(file);
        await SampleShard.BeginAsync(writer, 2);
        await writer.WriteAsync(new BackupPart.Failed("shard 0 has not answered"), Stop);

        Assert.Equal(
            "the backup is not whole, because the silo gave it up: shard 0 has not answered", (await DamageAsync(file.ToArray())).Message);
    }

    [Fact]
    public async Task Verify_FileOfAnEarlierRelease_IsWhole()
    {
        SampleShard shard = SampleShard.Of(2, 100);
        BackupReport report = await BackupFile.VerifyAsync(new MemoryStream(Convert.FromBase64String(Golden)), cancellationToken: Stop);
        Assert.Equal(("00ff", "here", 3, 2), (report.Backup, report.Cluster, (int)report.Keys, (int)report.Sessions));
        Assert.Equal(shard.Content.Digest, report.Shards[0].Digest);
    }

    [Fact]
    public void Reader_LargestValue_NeedsItsChunksOnly()
    {
        SampleShard shard = SampleShard.Of(1, 16 << 20, 256 << 10);
        Assert.All(shard.Chunks, static chunk => Assert.InRange(chunk.Length, 1, 2 << 20));
        CheckpointReader reader = new(shard.Manifest);
        shard.Chunks.ForEach(chunk => reader.Take(chunk));
        reader.End();
        Assert.Equal(2, reader.Content.Keys);
    }

    private static async Task<BackupDamageException> DamageAsync(byte[] file) =>
        await Assert.ThrowsAsync<BackupDamageException>(() => BackupFile.VerifyAsync(new MemoryStream(file), cancellationToken: Stop));

    private static string PlaceOf(string text) =>
        text.StartsWith("this is no backup", StringComparison.Ordinal) ? "this is no backup"
        : text.StartsWith("the backup has format", StringComparison.Ordinal) ? "the backup has format"
        : text["the backup is damaged ".Length..].Replace("cut off ", "", StringComparison.Ordinal).Split(", in frame")[0].TrimStart();

    private sealed class Sink(Action<BackupProgress> report) : IProgress<BackupProgress>
    {
        public void Report(BackupProgress value) => report(value);
    }
}
