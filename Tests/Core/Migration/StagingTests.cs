using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;

namespace OrleansShards.Tests.Core.Migration;

/// <summary>What a target's log does with what it receives, entry by entry.</summary>
public sealed class StagingTests
{
    private static readonly MoveId Move = new(7);

    private readonly StagedLog _source = new();
    private readonly ShardState _target = new(new GroupId("g2"), 64);

    public StagingTests()
    {
        _source.Write("\"x\"", "1", Keys.Client("c", 3));
        _source.Write("\"y\"", "2", Keys.Router("r", 4));
    }

    [Fact]
    public void Received_IsTheSourcesState_ToTheBit()
    {
        Begin();
        Receive();
        Assert.Equal(_source.State.Digest, _target.Staging!.Copy.Digest);
        Assert.Equal(_source.State.Receipt(), _target.Staging.Copy.Receipt());
        Assert.Equal(Keys.Absent, _target.Read(OrleansShards.Core.Json.JsonText.Parse("\"x\"")));
    }

    [Fact]
    public void Take_AfterReady_Serves_WithSessions()
    {
        Sealed();
        Accepted(Ready());
        Accepted(new TransferEntry.Take(Move, new Epoch(5)));

        Assert.Equal((TransferPhase.Serving, new Epoch(5)), (_target.Ownership.Phase, _target.Ownership.Epoch));
        Assert.Equal(Keys.Done(), _target.Recorded(Keys.Client("c", 3)));
        Assert.Equal(Keys.Done(), _target.Recorded(Keys.Router("r", 4)));
        Assert.Null(_target.Staging);
        Accepted(new TransferEntry.Take(Move, new Epoch(5)));
    }

    [Fact]
    public void Take_NotReady_OrOfAnotherSeal_IsRefused()
    {
        Sealed();
        Refused(new TransferEntry.Take(Move, new Epoch(5)));
        Accepted(Ready());
        Refused(new TransferEntry.Take(Move, new Epoch(6)));
        Refused(new TransferEntry.Take(new MoveId(8), new Epoch(5)));
    }

    [Fact]
    public void Ready_WithAnotherReceipt_IsRefused()
    {
        Sealed();
        MoveReceipt receipt = _source.State.Receipt();
        Refused(new TransferEntry.Ready(Move, new Epoch(5), receipt with { Digest = receipt.Digest + 1 }));
        Refused(new TransferEntry.Ready(Move, new Epoch(6), receipt));
    }

    [Fact]
    public void Ready_NotYetSealed_IsRefused()
    {
        Begin();
        Receive();
        Refused(Ready());
    }

    [Fact]
    public void WhileReady_NothingIsReceived_AndNothingBegunAnew()
    {
        // The next record of a source that was committed is its release: received now, it would empty what is promised.
        Sealed();
        Accepted(Ready());
        int received = _source.Records.Count;
        _source.Put(TransferEntryCodec.Encode(new TransferEntry.Release(Move, new Epoch(5))));
        Refused(new TransferEntry.Records(Move, _source.Records[received..]));
        Refused(Beginning());
        Accepted(new TransferEntry.Take(Move, new Epoch(5)));
        Assert.Equal(2, _target.Keys);
    }

    [Fact]
    public void WhileReady_NothingElseBegins()
    {
        Sealed();
        Accepted(Ready());
        ulong before = _target.Digest;
        Message refused = _target.Apply(LogCursor.Start, TransferEntryCodec.Encode(new TransferEntry.Open(new Epoch(5))));
        Assert.Equal(ShardRefusalKind.HandingOver, Assert.IsType<ShardRefusal>(refused).Kind);
        refused = _target.Apply(
            LogCursor.Start, TransferEntryCodec.Encode(new TransferEntry.Install(new Epoch(5), 0, new ShardContent())));
        Assert.Equal(ShardRefusalKind.HandingOver, Assert.IsType<ShardRefusal>(refused).Kind);
        Assert.Equal(before, _target.Digest);
        Accepted(new TransferEntry.Take(Move, new Epoch(5)));
    }

    [Fact]
    public void Unready_LetsItGoOn()
    {
        Sealed();
        Accepted(Ready());
        Refused(new TransferEntry.Unready(Move, new Epoch(6)));
        Accepted(new TransferEntry.Unready(Move, new Epoch(5)));
        Refused(new TransferEntry.Take(Move, new Epoch(5)));
        int received = _source.Records.Count;
        _source.Put(TransferEntryCodec.Encode(new TransferEntry.Unseal(Move, new Epoch(5), IsOver: false)));
        _source.Write("\"z\"", "3");
        Accepted(new TransferEntry.Records(Move, _source.Records[received..]));
        Assert.Equal(_source.State.Digest, _target.Staging!.Copy.Digest);
    }

    [Fact]
    public void Drop_Discards_AndALateBeginIsRefused()
    {
        Begin();
        Accepted(new TransferEntry.DiscardStaging(Move));
        Assert.Null(_target.Staging);
        Refused(Beginning());
        Refused(new TransferEntry.Begin(new MoveId(6), new Term(2), new GroupId("g1"), null));
        Accepted(new TransferEntry.Begin(new MoveId(8), new Term(2), new GroupId("g1"), null));
    }

    [Fact]
    public void Begin_OfALowerTerm_IsRefused()
    {
        Begin();
        Refused(new TransferEntry.Begin(new MoveId(8), new Term(1), new GroupId("g1"), null));
    }

    [Fact]
    public void Begin_WhereTheShardIsServed_IsRefused()
    {
        _target.Apply(LogCursor.Start, TransferEntryCodec.Encode(new TransferEntry.Open(new Epoch(1))));
        Refused(Beginning());
    }

    [Fact]
    public void Records_WithAGap_AreRefused()
    {
        Begin();
        Refused(new TransferEntry.Records(Move, _source.Records[1..]));
        Accepted(new TransferEntry.Records(Move, _source.Records[..1]));
        Refused(new TransferEntry.Records(Move, _source.Records[..1]));
    }

    [Fact]
    public void Records_WhoseDigestIsNotTheCopys_AreDamage_AndNothingComesOfThem()
    {
        ByteWriter entry = new();
        KeyEntry.Write(entry, Keys.Write("\"x\"", "5"));
        _source.Put(entry.ToArray(), digest: 12345);
        _source.Seal();
        Begin();
        Receive();
        Assert.Contains("digest", _target.Staging!.Damage, StringComparison.Ordinal);
        Refused(Ready());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(100_000)]
    public void Checkpoint_InTheMiddle_IsTheSameState(int chunkBytes)
    {
        Begin();
        Accepted(new TransferEntry.Records(Move, _source.Records[..3]));
        ShardState restored = Restored(_target, chunkBytes);
        Assert.Equal(_target.Digest, restored.Digest);

        _source.Seal();
        TransferEntry rest = new TransferEntry.Records(Move, _source.Records[3..]);
        Apply(restored, rest);
        Apply(restored, Ready());
        restored = Restored(restored, chunkBytes);
        Assert.IsType<ShardDone>(Apply(restored, new TransferEntry.Take(Move, new Epoch(5))));
        Assert.Equal(_source.State.Receipt(), restored.Receipt());
    }

    [Fact]
    public void Checkpoint_OfASourceThatReceivesItself_IsTheSameState()
    {
        // A target reads the log of a source that got the shard by a move shortly before: what is received, receives.
        StagedLog before = new();
        before.Write("\"old\"", "1");
        before.Seal(3);
        StagedLog source = new();
        source.Put(TransferEntryCodec.Encode(new TransferEntry.Prepare(new GroupId("g3"))));
        source.Put(TransferEntryCodec.Encode(new TransferEntry.Confirm(new Epoch(5))));
        source.Put(TransferEntryCodec.Encode(new TransferEntry.Begin(new MoveId(3), new Term(2), new GroupId("g0"), null)));
        source.Put(TransferEntryCodec.Encode(new TransferEntry.Records(new MoveId(3), before.Records)));
        Begin();
        Accepted(new TransferEntry.Records(Move, source.Records));
        Assert.NotNull(_target.Staging!.Copy.Staging);

        ShardState restored = Restored(_target, 16);
        Assert.Equal(_target.Digest, restored.Digest);
        Assert.Equal(before.State.Digest, restored.Staging!.Copy.Staging!.Copy.Digest);
    }

    [Fact]
    public void Take_KeepsTheRouterSessionsOfBefore_WhereTheyAreNewer()
    {
        _target.Apply(LogCursor.Start, TransferEntryCodec.Encode(new TransferEntry.Open(new Epoch(1))));
        Write(_target, Keys.Write("\"a\"", "1", Keys.Router("r", 2)));
        Write(_target, Keys.Write("\"a\"", "1", Keys.Router("own", 9)));
        _target.Apply(LogCursor.Start, TransferEntryCodec.Encode(new TransferEntry.Prepare(new GroupId("g1"))));
        _target.Apply(LogCursor.Start, TransferEntryCodec.Encode(new TransferEntry.Confirm(new Epoch(2))));
        Sealed();
        Accepted(Ready());
        Accepted(new TransferEntry.Take(Move, new Epoch(5)));

        Assert.Equal(Keys.Done(), _target.Recorded(Keys.Router("own", 9)));
        Assert.Equal(Keys.Done(), _target.Recorded(Keys.Router("r", 4)));
        Assert.Equal(Keys.Stale, _target.Recorded(Keys.Router("r", 2)));
    }

    private static TransferEntry.Begin Beginning() => new(Move, new Term(2), new GroupId("g1"), null);

    private TransferEntry.Ready Ready() => new(Move, new Epoch(5), _source.State.Receipt());

    private void Begin() => Accepted(Beginning());

    private void Receive() => Apply(_target, new TransferEntry.Records(Move, _source.Records));

    private void Sealed()
    {
        _source.Seal();
        Begin();
        Receive();
    }

    private void Accepted(TransferEntry entry) => Assert.IsType<ShardDone>(Apply(_target, entry));

    private void Refused(TransferEntry entry)
    {
        ulong before = _target.Digest;
        Assert.IsType<ShardRefusal>(Apply(_target, entry));
        Assert.Equal(before, _target.Digest);
    }

    private static Message Apply(ShardState state, TransferEntry entry) =>
        state.Apply(LogCursor.Start, TransferEntryCodec.Encode(entry));

    private static void Write(ShardState state, KeyRequest request)
    {
        ByteWriter writer = new();
        KeyEntry.Write(writer, request);
        Assert.IsType<KeyReply>(state.Apply(LogCursor.Start, writer.ToArray()));
    }

    private static ShardState Restored(ShardState state, int chunkBytes)
    {
        ShardState restored = new(new GroupId("g2"), 64);
        using ICheckpointSource source = state.Freeze();
        foreach (byte[] chunk in ShardReplay.Chunks(source, chunkBytes))
            restored.Restore(chunk);

        return restored;
    }
}
