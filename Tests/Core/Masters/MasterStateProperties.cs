using FsCheck;
using FsCheck.Fluent;
using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Masters;

public sealed class MasterStateProperties
{
    private const int EpochsMax = 4;

    private static readonly ClusterDefinition Cluster = MasterStateTests.Cluster with { ShardCount = 3 };

    [Fact]
    public void Apply_AnyEntries_IsWhatTheModelSays()
    {
        Dictionary<string, int> seen = [];
        int compacted = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_000), Prop.ForAll(Steps().ToArbitrary(), steps =>
        {
            MasterStateModel model = new(Cluster);
            (MasterState state, LogCursor at) = Founded();
            foreach (Step step in steps)
            {
                at = Next(at, step);
                state.Apply(at, MasterEntryCodec.Encode(step.Entry));
                model.Apply(at.Term.Value, step.Entry);
                AssertSame(model, state);
            }

            compacted += state.OldestEpoch > new Epoch(1) ? 1 : 0;
            foreach ((string what, int times) in model.Seen)
                seen[what] = seen.GetValueOrDefault(what) + times;
        }));

        // The guard: a generator that yields trivial cases would prove nothing.
        Assert.All(
            [
                "moved", "held", "conflict", "old or equal report", "assigned again", "unknown name", "taken over",
                "hand-over", "stale hand-over", "founded again", "founded differently", "refused",
            ],
            what => Assert.True(seen.GetValueOrDefault(what) >= 20, $"{what}: {seen.GetValueOrDefault(what)} times"));
        Assert.True(compacted >= 20, $"{compacted} runs with a compacted history");
    }

    [Fact]
    public void Restore_AnywhereThenReplay_IsTheSameToTheBit()
    {
        int restoredInTheMiddle = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Steps().ToArbitrary(), steps =>
        {
            (MasterState state, LogCursor at) = Founded();
            MasterState twin = Founded().State;
            int cut = steps.Length / 2;
            for (int i = 0; i < steps.Length; i++)
            {
                at = Next(at, steps[i]);
                byte[] entry = MasterEntryCodec.Encode(steps[i].Entry);
                MasterOutcome outcome = state.Apply(at, entry);
                Assert.Equal(outcome, twin.Apply(at, entry));
                Assert.Equal(state.Digest, twin.Digest);
                if (i == cut)
                {
                    using ICheckpointSource source = twin.Freeze();
                    twin = MasterStateTests.Restored(source, 1 + (steps.Length % 7));
                    restoredInTheMiddle++;
                }
            }

            AssertSameBytes(state, twin);
        }));
        Assert.True(restoredInTheMiddle >= 100, $"{restoredInTheMiddle} restores");
    }

    private static (MasterState State, LogCursor At) Founded()
    {
        MasterState state = new(EpochsMax);
        LogCursor at = new(new LogIndex(1), new Term(1), 0, 0);
        state.Apply(at, MasterEntryCodec.Encode(new MasterEntry.Created(Cluster)));
        return (state, at);
    }

    private static LogCursor Next(LogCursor at, Step step) => at with
    {
        Index = at.Index.Next(),
        Term = step.OpensTerm ? at.Term.Next() : at.Term,
        Entries = at.Entries + 1,
    };

    private static void AssertSame(MasterStateModel model, MasterState state)
    {
        Assert.Equal((ulong)model.NewestEpoch, state.MapEpoch.Value);
        int oldest = Math.Max(1, model.NewestEpoch - EpochsMax + 1);
        Assert.Equal((ulong)oldest, state.OldestEpoch.Value);
        for (int epoch = 0; epoch <= model.NewestEpoch + 1; epoch++)
        {
            if (epoch < oldest || epoch > model.NewestEpoch)
            {
                Assert.IsType<MasterRefusal>(state.ConfigAt(new Epoch((ulong)epoch)));
                continue;
            }

            ConfigReply reply = Assert.IsType<ConfigReply>(state.ConfigAt(new Epoch((ulong)epoch)));
            Assert.Equal(
                model.OwnersAt(epoch).OrderBy(static pair => pair.Key).ToList(),
                [.. reply.Shards.Select(static pair => KeyValuePair.Create(pair.Key, pair.Value.Value))]);
        }

        for (int shard = 0; shard < Cluster.ShardCount; shard++)
        {
            ShardEntry? found = state.Find(new ShardId(shard));
            Assert.Equal(
                model.Find(shard), found is null ? null : (found.Owner.Value, found.Epoch.Value, found.MayOpenEmpty));
        }

        Assert.Equal(model.TakeoverTerms, [.. state.Takeovers.Select(static takeover => takeover.Term.Value)]);
        Assert.Equal(model.Switchover, state.Switchover is { } mark ? (mark.To.Value, mark.Term.Value) : null);
    }

    private static void AssertSameBytes(MasterState left, MasterState right)
    {
        ByteWriter leftBytes = new();
        ByteWriter rightBytes = new();
        left.Freeze().WriteNext(leftBytes, int.MaxValue);
        right.Freeze().WriteNext(rightBytes, int.MaxValue);
        Assert.Equal(leftBytes.ToArray(), rightBytes.ToArray());
    }

    private static Gen<Step[]> Steps() =>
        (from entry in Entries()
         from opens in Gen.Frequency((9, Gen.Constant(false)), (1, Gen.Constant(true)))
         from at in Gen.Elements<DateTimeOffset?>(null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(60))
         select new Step(entry with { At = at }, opens)).ArrayOf();

    private static Gen<MasterEntry> Entries() => Gen.Frequency(
        (6, from shard in Gen.Choose(0, 3)
            from prefer in Gen.Elements<GroupId?>(null, new("g1"), new("g2"), new("g3"), new("g4"))
            select (MasterEntry)new MasterEntry.Assigned(new ShardId(shard), prefer)),
        (12, from shard in Gen.Choose(0, 3)
             from owner in Gen.Elements("g1", "g1", "g2", "g2", "g4")
             from epoch in Gen.Choose(0, 5)
             from empty in Gen.Elements(false, true)
             select (MasterEntry)new MasterEntry.OwnerReported(
                 new ShardId(shard), new GroupId(owner), new Epoch((ulong)epoch), empty)),
        (2, from term in Gen.Choose(1, 20)
            select (MasterEntry)new MasterEntry.TakenOver(MasterStateTests.Takeover((ulong)term))),
        (1, from term in Gen.Choose(1, 20)
            select (MasterEntry)new MasterEntry.Redirected(new Term((ulong)term), 17)),
        (3, from to in Gen.Elements("n1", "n2", "n3")
            select (MasterEntry)new MasterEntry.Switchover(new MasterName(to))),
        (1, Gen.Constant((MasterEntry)new MasterEntry.SwitchoverCancelled())),
        (1, Gen.Constant((MasterEntry)new MasterEntry.Created(Cluster))),
        (1, Gen.Constant((MasterEntry)new MasterEntry.Created(Cluster with { ShardCount = 4 }))));

    private sealed record Step(MasterEntry Entry, bool OpensTerm);
}
