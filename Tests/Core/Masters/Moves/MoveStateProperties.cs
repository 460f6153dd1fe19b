using FsCheck;
using FsCheck.Fluent;
using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Masters.Moves;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using static OrleansShards.Tests.Core.Masters.Moves.MoveLog;

namespace OrleansShards.Tests.Core.Masters.Moves;

/// <summary>Decisions about members and moves in any order, sensible or not: what must hold, holds after each.</summary>
public sealed class MoveStateProperties
{
    private const int EpochsMax = 4;
    private static readonly GroupId G4 = new("g4");

    private readonly Dictionary<string, int> _seen = [];

    [Fact]
    public void Apply_AnyEntries_KeepsWhatMustHold()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Steps().ToArbitrary(), steps =>
        {
            MoveLog log = new(EpochsMax);
            Dictionary<(ShardId, MoveId, Epoch), MoveDecision> verdicts = [];
            HashSet<MoveId> committed = [];
            foreach (MasterEntry step in steps)
            {
                MasterEntry entry = Aim(log.State, step);
                ulong epoch = log.State.MapEpoch.Value;
                GroupId? owner = Find(log.State, entry)?.Owner;
                MasterOutcome outcome = log.Apply(entry);
                Count($"{entry.GetType().Name}{(outcome is MasterOutcome.Rejected ? " rejected" : "")}");
                if (log.State.ReplacedPins.Count > 0)
                    Count("pin replaced");

                AssertInvariants(log.State);
                Assert.InRange(log.State.MapEpoch.Value, epoch, epoch + 1);
                if (entry is MasterEntry.SealDecided settled && outcome is MasterOutcome.Decided answer)
                {
                    Judge(settled, answer, verdicts, committed);
                    bool moves = answer.Moved is not null;
                    Assert.Equal(moves, Find(log.State, entry)?.Owner != owner);
                }
            }
        }));
        Assert.All(
            ["Joined", "Left", "GroupsAdded", "Forgotten", "Forgotten rejected", "Joined rejected",
                "Pinned", "Wanted", "MoveBegun", "MoveAborted", "MoveEnded", "Committed", "Cancelled",
                "Aborted", "Left rejected", "Wanted rejected", "MoveBegun rejected", "SealDecided rejected",
                "MoveCancelled", "MoveCancelled rejected", "pin replaced"],
            what => Assert.True(_seen.GetValueOrDefault(what) >= 20, $"{what}: {_seen.GetValueOrDefault(what)} times"));
    }

    [Fact]
    public void Restore_AnywhereThenReplay_IsTheSameToTheBit()
    {
        int withMoves = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Steps().ToArbitrary(), steps =>
        {
            MoveLog log = new(EpochsMax);
            MasterState twin = new(EpochsMax);
            LogCursor at = new(new LogIndex(1), new Term(1), 0, 0);
            twin.Apply(at, MasterEntryCodec.Encode(new MasterEntry.Created(MasterStateTests.Cluster)));
            for (int i = 0; i < steps.Length; i++)
            {
                MasterEntry entry = Aim(log.State, steps[i]);
                log.Apply(entry);
                twin.Apply(at, MasterEntryCodec.Encode(entry));
                Assert.Equal(log.State.Digest, twin.Digest);
                if (i % 5 == 4)
                {
                    withMoves += twin.ActiveMoves.Count > 0 ? 1 : 0;
                    using ICheckpointSource source = twin.Freeze();
                    twin = MasterStateTests.Restored(source, 7);
                    AssertSame(log.State, twin);
                }
            }
        }));
        Assert.True(withMoves >= 50, $"{withMoves} restores with an active move");
    }

    private void Judge(
        MasterEntry.SealDecided entry, MasterOutcome.Decided answer,
        Dictionary<(ShardId, MoveId, Epoch), MoveDecision> verdicts, HashSet<MoveId> committed)
    {
        MoveDecision verdict = answer.Decision.Decision;
        Count(verdict.ToString());
        if (answer.Moved is { } moved)
        {
            Assert.True(committed.Add(entry.Move), $"move {entry.Move} was committed twice");
            Assert.Equal(entry.Granted, moved.Owner.Epoch);
        }

        // One seal, one verdict: committed or not. That a move is over may become known after a seal was cancelled.
        if (verdicts.TryGetValue((entry.Shard, entry.Move, entry.Granted), out MoveDecision earlier))
        {
            bool wasCommitted = earlier == MoveDecision.Committed;
            bool isOld = verdict == MoveDecision.Aborted && wasCommitted;
            Assert.True(wasCommitted == (verdict == MoveDecision.Committed) || isOld, $"{entry}: {earlier}, then {verdict}");
        }

        verdicts[(entry.Shard, entry.Move, entry.Granted)] = verdict;
    }

    private static void AssertInvariants(MasterState state)
    {
        Assert.NotEmpty(state.Members);
        Assert.All(state.Members, member => Assert.Contains(member, state.Groups));
        Assert.All(state.Map.Entries.Values, entry => Assert.Contains(entry.Owner, state.Groups));
        foreach (ShardMove open in state.ActiveMoves.Values.Where(static move => !move.IsCommitted))
        {
            Assert.Equal(open.Target, state.WantedPlaces[open.Shard.Value].Group);
            Assert.Equal(open.Source, state.Find(open.Shard)!.Owner);
        }

        foreach ((int shard, WantedPlace place) in state.WantedPlaces)
        {
            Assert.NotEqual(place.Group, state.Find(new ShardId(shard))!.Owner);
            Assert.Contains(place.Group, state.Members);
        }

        Assert.All(state.Pins.Values.Concat(state.ReplacedPins.Values), pin => Assert.Contains(pin.Group, state.Members));
        Assert.All(state.ReplacedPins.Keys, shard => Assert.True(
            state.WantedPlaces.ContainsKey(shard) || state.ActiveMoves.ContainsKey(shard), $"shard {shard} is settled"));
    }

    private static void AssertSame(MasterState left, MasterState right)
    {
        ByteWriter leftBytes = new();
        ByteWriter rightBytes = new();
        left.Freeze().WriteNext(leftBytes, int.MaxValue);
        right.Freeze().WriteNext(rightBytes, int.MaxValue);
        Assert.Equal(leftBytes.ToArray(), rightBytes.ToArray());
        for (ulong epoch = left.OldestEpoch.Value; epoch <= left.MapEpoch.Value; epoch++)
        {
            ConfigReply expected = Assert.IsType<ConfigReply>(left.ConfigAt(new Epoch(epoch)));
            ConfigReply actual = Assert.IsType<ConfigReply>(right.ConfigAt(new Epoch(epoch)));
            Assert.Equal(expected.Groups, actual.Groups.AsEnumerable());
            Assert.Equal(expected.Shards, actual.Shards.AsEnumerable());
        }
    }

    /// <summary>Entries that name a move mostly name one that there is; drawn ones would seldom.</summary>
    private static MasterEntry Aim(MasterState state, MasterEntry drawn)
    {
        ulong newest = state.Moves.Newest.Value;
        return drawn switch
        {
            MasterEntry.MoveBegun begun => begun with
            {
                To = state.Moves.FindWanted(begun.Shard) is { } wanted && begun.To != G3 ? wanted.Group : begun.To,
            },
            MasterEntry.SealDecided settled => settled with { Move = Aim(state, settled.Shard, settled.Move, newest) },
            MasterEntry.MoveAborted aborted => aborted with { Move = Aim(state, aborted.Shard, aborted.Move, newest) },
            MasterEntry.MoveEnded ended => ended with { Move = Aim(state, ended.Shard, ended.Move, newest) },
            _ => drawn,
        };
    }

    private static MoveId Aim(MasterState state, ShardId shard, MoveId back, ulong newest) => back.Value switch
    {
        0 => new MoveId(newest + 1),
        1 => new MoveId(Math.Max(1, newest) - 1),
        _ => state.Moves.FindActive(shard)?.Id ?? state.FindCommitted(shard)?.Id ?? new MoveId(newest),
    };

    private static ShardEntry? Find(MasterState state, MasterEntry entry) =>
        entry is MasterEntry.SealDecided settled ? state.Find(settled.Shard) : null;

    private void Count(string what) => _seen[what] = _seen.GetValueOrDefault(what) + 1;

    private static Gen<MasterEntry[]> Steps() =>
        (from entry in Entries()
         from at in Gen.Elements<DateTimeOffset?>(null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(60))
         from traces in Gen.Elements(true, true, false)
         select entry with { At = at, KeepsTraces = traces }).ArrayOf(60);

    private static Gen<MasterEntry> Entries()
    {
        Gen<ShardId> shard = Gen.Choose(0, 2).Select(static number => new ShardId(number));
        Gen<GroupId> at = Gen.Elements(G1, G2, G3, G4);
        Gen<MoveId> back = Gen.Choose(0, 12).Select(static number => new MoveId((ulong)number));
        return Gen.Frequency(
            (4, from s in shard
                from g in at
                from epoch in Gen.Choose(1, 6)
                select (MasterEntry)new MasterEntry.OwnerReported(s, g, new Epoch((ulong)epoch), false)),
            (2, shard.Select(static s => (MasterEntry)new MasterEntry.Assigned(s, null))),
            (2, at.ArrayOf(2).Select(static groups => (MasterEntry)new MasterEntry.Joined([.. groups]))),
            (2, at.ArrayOf(2).Select(static groups => (MasterEntry)new MasterEntry.Left([.. groups]))),
            (1, at.ArrayOf(2).Select(static groups => (MasterEntry)new MasterEntry.GroupsAdded([.. groups]))),
            (1, at.ArrayOf(1).Select(static groups => (MasterEntry)new MasterEntry.Forgotten([.. groups]))),
            (5, from s in shard
                from g in at
                select (MasterEntry)new MasterEntry.Pinned(s, g)),
            (5, from s in shard
                from g in at
                from undo in Gen.Choose(0, 9)
                select (MasterEntry)new MasterEntry.Wanted(s, g, new MoveId((ulong)(undo < 7 ? 0 : undo)))),
            (3, from s in shard
                from g in at
                select (MasterEntry)new MasterEntry.MoveCancelled(s, g)),
            (9, from s in shard
                from g in at
                select (MasterEntry)new MasterEntry.MoveBegun(s, g)),
            (9, from s in shard
                from move in back
                from epoch in Gen.Choose(1, 30)
                from commits in Gen.Elements(true, true, false)
                select (MasterEntry)new MasterEntry.SealDecided(
                    s, move, new Epoch((ulong)epoch), commits ? Receipt : null)),
            (2, from s in shard
                from move in back
                select (MasterEntry)new MasterEntry.MoveAborted(s, move, "drawn")),
            (5, from s in shard
                from move in back
                select (MasterEntry)new MasterEntry.MoveEnded(s, move, 3)));
    }
}
