using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Core.Shards;

/// <summary>
/// The bytes of entries and checkpoints, and the digests that are logged, pinned: logs that were written must be read
/// for ever. Where one of these is red, the code is wrong, not the test.
/// </summary>
public sealed class ShardEntryGoldenTests
{
    public static TheoryData<string, string> KeyEntries() => new()
    {
        { "read", "01 01 00 01 31 00 00 00" },
        { "write", "01 02 00 03 22 6B 22 04 74 72 75 65 00 00" },
        { "cas", "01 03 04 01 31 01 33 01 32 00" },
        { "delete by a client", "01 04 01 02 63 31 0A 01 31 00 00 00" },
        { "read by a router", "01 01 02 01 72 01 01 31 00 00 00" },
        { "write meant for an epoch", "01 02 02 01 72 02 01 31 01 32 00 AC 02" },
    };

    [Theory]
    [MemberData(nameof(KeyEntries))]
    public void KeyEntry_HasTheseBytes(string what, string hex)
    {
        KeyRequest request = what switch
        {
            "read" => Keys.Read("1"),
            "write" => Keys.Write("\"k\"", "true"),
            "cas" => Keys.Cas("1", "2", "3", create: true),
            "delete by a client" => Keys.Delete("1", Keys.Client("c1", 5)),
            "write meant for an epoch" => Keys.Write("1", "2", Keys.Router("r", 1)) with { MeantFor = new Epoch(300) },
            _ => Keys.Read("1", Keys.Router("r", -1)),
        };
        ByteWriter writer = new();
        KeyEntry.Write(writer, request);
        Assert.Equal(hex, Hex(writer.Written));

        KeyEntry read = KeyEntry.Read(writer.ToArray());
        Assert.Equal(request.Command, new KeyCommand(
            read.Verb, read.Key, read.Value, read.Expected, read.CreateIfAbsent));
        Assert.Equal(
            (request.Session.Kind, request.Session.Client ?? "", request.Session.Sequence),
            (read.SessionKind, read.Session.ToString(), read.Sequence));
        Assert.Equal(request.MeantFor ?? Epoch.None, read.MeantFor);
    }

    public static TheoryData<string, string> HandOverEntries() => new()
    {
        { "open", "02 07" },
        { "seed", "03 07 01 03 22 78 22 01 31 01 01 63 0A 02 00" },
        { "install", "04 07 08 07 06 05 04 03 02 01 01 03 22 78 22 01 31 01 01 63 0A 02 00" },
        { "prepare", "05 02 67 32 00" },
        { "prepare at an epoch", "05 02 67 32 07" },
        { "yield", "06 02 67 32 02 08 07 06 05 04 03 02 01 07" },
        { "confirm", "07 07" },
        { "start abort", "08 07" },
        { "finish abort", "09 07" },
        { "refuse abort", "0A 07" },
        { "discard", "0B 02 67 32 07" },
    };

    [Theory]
    [MemberData(nameof(HandOverEntries))]
    public void HandOverEntry_HasTheseBytes(string what, string hex)
    {
        ShardContent content = new();
        content.Items.Add((JsonText.Parse("\"x\""), JsonText.Parse("1")));
        content.Sessions.Add((SessionName.Of("c"), 5, RecordedReply.WriteOk, default));
        Epoch epoch = new(7);
        GroupId group = new("g2");
        const ulong digest = 0x0102030405060708;
        TransferEntry entry = what switch
        {
            "open" => new TransferEntry.Open(epoch),
            "seed" => new TransferEntry.Seed(epoch, content),
            "install" => new TransferEntry.Install(epoch, digest, content),
            "prepare" => new TransferEntry.Prepare(group),
            "prepare at an epoch" => new TransferEntry.Prepare(group, epoch),
            "yield" => new TransferEntry.Relinquish(group, RelinquishReason.Receive, digest, epoch),
            "confirm" => new TransferEntry.Confirm(epoch),
            "start abort" => new TransferEntry.StartAbort(epoch),
            "finish abort" => new TransferEntry.FinishAbort(epoch),
            "refuse abort" => new TransferEntry.RefuseAbort(epoch),
            _ => new TransferEntry.Discard(group, epoch),
        };
        byte[] bytes = TransferEntryCodec.Encode(entry);
        Assert.Equal(hex, Hex(bytes));
        Assert.Equal(bytes, TransferEntryCodec.Encode(TransferEntryCodec.Decode(bytes)));
        Assert.Equal(entry.GetType(), TransferEntryCodec.Decode(bytes).GetType());
    }

    [Fact]
    public void CheckpointAndDigests_AreThese()
    {
        ShardReplay shard = ShardReplay.Serving();
        shard.Do(Keys.Write("\"k\"", "1", Keys.Client("c", 5)));
        shard.Do(Keys.Read("\"k\"", Keys.Router("r", 2)));
        shard.Do(new TransferEntry.Prepare(new GroupId("g2")));

        Assert.Equal(
            "01 03 03 01 01 02 67 32 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 01 01 01 "
            + "02 03 22 6B 22 00 01 31 03 01 63 0A 02 00 01 01 04 01 72 04 01 01 31 01 01",
            Hex(Assert.Single(ShardReplay.Chunks(shard.State.Freeze(), 1000))));
        Assert.Equal(
            (15880096341950358149UL, 12517467446653810477UL), (shard.State.Digest, shard.State.ContentDigest()));
    }

    [Theory]
    [InlineData("05")]
    [InlineData("0102")]
    [InlineData("01030900000000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("030163020900000000")]
    public void Restore_BytesThatAreNoCheckpoint_StopTheReader(string hex) =>
        Assert.Throws<CorruptDataException>(() => new ShardReplay().State.Restore(Convert.FromHexString(hex)));

    private static string Hex(ReadOnlySpan<byte> bytes) =>
        string.Join(' ', Convert.ToHexString(bytes).Chunk(2).Select(static pair => new string(pair)));
}
