using OrleansShards.Core;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Core.Shards;

public sealed class ShardStateSessionTests
{
    private readonly ShardReplay _shard = ShardReplay.Serving(sessionsMax: 3);

    [Fact]
    public void EqualSequence_IsAnsweredAsRecorded_AndNotCarriedOutAgain()
    {
        Assert.Equal(Keys.Done(), _shard.Do(Keys.Write("1", "1", Keys.Client("c", 1))));
        _shard.Do(Keys.Write("1", "2"));

        Assert.Equal(Keys.Done(), _shard.Do(Keys.Write("1", "1", Keys.Client("c", 1))));
        Assert.Equal(Keys.Done("2"), _shard.Do(Keys.Read("1")));
    }

    [Fact]
    public void EveryOutcome_IsRecorded()
    {
        _shard.Do(Keys.Write("1", "1"));
        KeyRequest[] requests =
        [
            Keys.Read("1", Keys.Client("c", 1)), Keys.Cas("1", "9", "2", Keys.Client("c", 2)),
            Keys.Read("0", Keys.Client("c", 3)), Keys.Cas("1", "1", "2", Keys.Client("c", 4)),
            Keys.Delete("1", Keys.Client("c", 5)),
        ];
        object[] replies = [Keys.Done("1"), Keys.Differs("1"), Keys.Absent, Keys.Done(), Keys.Done()];
        foreach ((KeyRequest request, object reply) in requests.Zip(replies))
        {
            Assert.Equal(reply, _shard.Do(request));
            _shard.Do(Keys.Write("1", "1"));
            Assert.Equal(reply, _shard.Do(request));
            Assert.Equal(reply, _shard.State.Recorded(request.Session));
        }
    }

    [Fact]
    public void LowerSequence_IsStale_AndChangesNothing()
    {
        _shard.Do(Keys.Write("1", "1", Keys.Client("c", 5)));
        ulong before = _shard.State.Digest;

        Assert.Equal(Keys.Stale, _shard.Do(Keys.Write("1", "2", Keys.Client("c", 4))));
        Assert.Equal(before, _shard.State.Digest);
        Assert.Equal(Keys.Stale, _shard.State.Recorded(Keys.Client("c", 4)));
        Assert.Null(_shard.State.Recorded(Keys.Client("c", 6)));
    }

    [Fact]
    public void SequenceUsedForAnotherKindOfRequest_IsStale_AndChangesNothing()
    {
        // The recorded "done" of a read would tell the writer of a write that nobody has carried out.
        _shard.Do(Keys.Write("1", "1"));
        _shard.Do(Keys.Read("1", Keys.Client("c", 5)));
        ulong before = _shard.State.Digest;

        Assert.Equal(Keys.Stale, _shard.Do(Keys.Write("1", "2", Keys.Client("c", 5))));
        Assert.Equal(before, _shard.State.Digest);
    }

    [Fact]
    public void Kinds_DoNotMix()
    {
        _shard.Do(Keys.Write("1", "1", Keys.Client("c", 5)));

        Assert.Null(_shard.State.Recorded(Keys.Router("c", 5)));
        Assert.Null(_shard.State.Recorded(SessionTag.None));
        Assert.Equal(Keys.Done(), _shard.Do(Keys.Write("1", "2", Keys.Router("c", 5))));
        Assert.Equal((1, 1), (_shard.State.ClientSessions, _shard.State.RouterSessions));
    }

    [Fact]
    public void Snapshot_ShowsClientsInTheOrderOfTheirFirstUse_AndNoRouters()
    {
        _shard.Do(Keys.Write("1", "1", Keys.Client("b", 1)));
        _shard.Do(Keys.Write("1", "1", Keys.Router("r", 1)));
        _shard.Do(Keys.Read("1", Keys.Client("a", 1)));
        _shard.Do(Keys.Cas("1", "2", "3", Keys.Client("b", 2)));

        Assert.Equal(
            """
            {"data":{},"entries":[[1,1]],"sessions":{
            "b":{"seq":2,"reply":{"type":"error","code":22,"text":"the present value differs","value":1}},
            "a":{"seq":1,"reply":{"type":"read_ok","value":1}}}}
            """.ReplaceLineEndings(""),
            _shard.Snapshot());
    }

    [Fact]
    public void Bound_DropsTheSessionUsedLongestAgo()
    {
        Use("a", 1);
        Use("b", 1);
        Use("c", 1);
        Use("a", 1);
        Use("d", 1);

        Assert.Equal(3, _shard.State.ClientSessions);
        Assert.Null(_shard.State.Recorded(Keys.Client("b", 1)));
        Assert.NotNull(_shard.State.Recorded(Keys.Client("a", 1)));
        Assert.NotNull(_shard.State.Recorded(Keys.Client("c", 1)));
    }

    [Fact]
    public void Bound_CountsEachKindForItself()
    {
        Use("a", 1);
        for (int i = 0; i < 10; i++)
            _shard.Do(Keys.Write("1", "1", Keys.Router($"r{i}", 1)));

        Assert.NotNull(_shard.State.Recorded(Keys.Client("a", 1)));
        Assert.Equal(3, _shard.State.RouterSessions);
    }

    [Fact]
    public void Bound_AfterARestore_DropsTheSameSession()
    {
        Use("a", 1);
        Use("b", 1);
        Use("c", 1);
        Use("a", 2);
        ShardReplay restored = _shard.Restored();
        foreach (ShardReplay shard in (ShardReplay[])[_shard, restored])
        {
            shard.Do(Keys.Write("1", "1", Keys.Client("d", 1)));
            shard.Do(Keys.Write("1", "1", Keys.Client("e", 1)));
            Assert.Null(shard.State.Recorded(Keys.Client("b", 1)));
            Assert.Null(shard.State.Recorded(Keys.Client("c", 1)));
            Assert.NotNull(shard.State.Recorded(Keys.Client("a", 2)));
        }

        Assert.Equal(_shard.State.Digest, restored.State.Digest);
    }

    [Fact]
    public void ManyUsesOfFewSessions_KeepThemAll()
    {
        for (int sequence = 1; sequence <= 1000; sequence++)
        {
            Use("a", sequence);
            Use("b", sequence);
        }

        Use("c", 1);
        Use("d", 1);
        Assert.Null(_shard.State.Recorded(Keys.Client("a", 1000)));
        Assert.NotNull(_shard.State.Recorded(Keys.Client("b", 1000)));
    }

    [Fact]
    public void Release_DropsClientsAndKeepsRouters()
    {
        Use("a", 1);
        _shard.Do(Keys.Write("1", "7", Keys.Router("r", 3)));
        _shard.Do(new TransferEntry.Prepare(new GroupId("g2")));
        Assert.Equal(Keys.Done(), _shard.Do(Keys.Write("1", "7", Keys.Router("r", 3))));
        _shard.Do(new TransferEntry.Confirm(new Epoch(2)));

        Assert.Equal(0, _shard.State.ClientSessions);
        Assert.Equal(Keys.Done(), _shard.Do(Keys.Write("1", "7", Keys.Router("r", 3))));
        Assert.IsType<ShardRefusal>(_shard.Do(Keys.Write("1", "7", Keys.Router("r", 4))));
    }

    private void Use(string client, long sequence) => _shard.Do(Keys.Write("1", "1", Keys.Client(client, sequence)));
}
