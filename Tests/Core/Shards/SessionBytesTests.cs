using OrleansShards.Core.Bytes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Core.Shards;

public sealed class SessionBytesTests
{
    private readonly ShardReplay _shard = ShardReplay.Serving();

    private ShardState State => _shard.State;

    [Fact]
    public void Record_EntryHasABound_DropsTheLeastRecentlyUsed()
    {
        Do(Keys.Write("1", Text(100)));
        Do(Keys.Read("1", Keys.Client("a", 1)));
        Do(Keys.Read("1", Keys.Client("b", 1)));
        Do(Keys.Read("1", Keys.Client("c", 1)), bound: 250);

        Assert.Null(State.Recorded(Keys.Client("a", 1)));
        Assert.NotNull(State.Recorded(Keys.Client("b", 1)));
        Assert.NotNull(State.Recorded(Keys.Client("c", 1)));
    }

    [Fact]
    public void Record_EntryHasNoBound_DropsNothing()
    {
        // As every entry of the release before: its log must be replayed to the same digest.
        Do(Keys.Write("1", Text(100)));
        foreach (string client in new[] { "a", "b", "c" })
            Do(Keys.Read("1", Keys.Client(client, 1)));

        Assert.Equal(3, State.ClientSessions);
    }

    [Fact]
    public void Record_OneSessionBeyondTheBound_IsKept()
    {
        Do(Keys.Write("1", Text(100)));
        Do(Keys.Read("1", Keys.Client("a", 1)), bound: 10);

        Assert.NotNull(State.Recorded(Keys.Client("a", 1)));
    }

    [Fact]
    public void Record_DiffersBeyondTheBound_KeepsTheSessionsWithoutTheValue()
    {
        Do(Keys.Write("1", Text(100)));
        Do(Keys.Write("2", "1", Keys.Router("a", 1)));
        Do(Keys.Cas("1", "0", "1", Keys.Router("b", 1)), bound: 50);

        Assert.Equal(Keys.Done(), State.Recorded(Keys.Router("a", 1)));
        Assert.Equal(new KeyReply(KeyVerdict.Differs, default), State.Recorded(Keys.Router("b", 1)));
    }

    [Fact]
    public void Bytes_RestoredFromACheckpoint_AreTheSame()
    {
        Do(Keys.Write("1", Text(100), Keys.Client("a", 1)));
        Do(Keys.Read("1", Keys.Client("b", 1)));
        Do(Keys.Delete("1", Keys.Client("a", 2)));
        Assert.Equal(102, State.ContentBytes);
        Assert.Equal(State.ContentBytes, _shard.Restored().State.ContentBytes);
    }

    [Fact]
    public void Bound_FarFromIt_IsNotInTheEntry()
    {
        Do(Keys.Write("1", Text(100)));
        Assert.Equal(0, State.SessionBytesBound(SessionKind.Client, 100));
        Do(Keys.Read("1", Keys.Client("a", 1)));
        Assert.Equal(100, State.SessionBytesBound(SessionKind.Client, 100));
        Assert.Equal(0, State.SessionBytesBound(SessionKind.None, 100));
    }

    private void Do(KeyRequest request, long bound = 0)
    {
        ByteWriter writer = new();
        KeyEntry.Write(writer, request, bound);
        _shard.Apply(writer.ToArray());
    }

    private static string Text(int bytes) => $"\"{new string('a', bytes - 2)}\"";
}
