using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Masters.Moves;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Masters.Moves;

/// <summary>A founded masters' state that a test applies decisions to: groups g1 to g3, eight shards.</summary>
internal sealed class MoveLog
{
    internal static readonly GroupId G1 = new("g1");
    internal static readonly GroupId G2 = new("g2");
    internal static readonly GroupId G3 = new("g3");
    internal static readonly ShardId Shard = new(0);
    internal static readonly MoveReceipt Receipt = new(10, 2, 1000, 0xD16E57);

    /// <summary>When what <see cref="Traced"/> applies was decided.</summary>
    internal static readonly DateTimeOffset Then = DateTimeOffset.UnixEpoch.AddYears(50);

    private LogCursor _at = new(new LogIndex(1), new Term(1), 0, 0);

    internal MoveLog(int epochsMax = 64)
    {
        State = new MasterState(epochsMax);
        Apply(new MasterEntry.Created(MasterStateTests.Cluster));
    }

    internal MasterState State { get; }

    internal ShardMove? Active => State.Moves.FindActive(Shard);

    internal MasterOutcome Apply(MasterEntry entry)
    {
        _at = _at with { Index = _at.Index.Next(), Entries = _at.Entries + 1 };
        return State.Apply(_at, MasterEntryCodec.Encode(entry));
    }

    /// <summary>Applies an entry as this release writes it.</summary>
    internal MasterOutcome Traced(MasterEntry entry) => Apply(entry with { KeepsTraces = true, At = Then });

    /// <summary>A group holds shards, as it reports itself, at epoch 1.</summary>
    internal void Holds(GroupId group, params int[] shards)
    {
        foreach (int shard in shards)
            Apply(new MasterEntry.OwnerReported(new ShardId(shard), group, new Epoch(1), false));
    }

    /// <summary>Shard 0 of g1 is wanted at g2, and the move has begun.</summary>
    internal ShardMove Begun()
    {
        Holds(G1, 0);
        Want(G2);
        Apply(new MasterEntry.MoveBegun(Shard, G2));
        return Active!;
    }

    internal MasterOutcome Want(GroupId group, MoveId undoOf = default) =>
        Apply(new MasterEntry.Wanted(Shard, group, undoOf));

    internal MoveDecision Decide(ulong move, ulong granted, MoveReceipt? receipt) =>
        Assert.IsType<MasterOutcome.Decided>(Apply(
            new MasterEntry.SealDecided(Shard, new MoveId(move), new Epoch(granted), receipt))).Decision.Decision;

    internal Epoch Epoch(MasterEntry entry) => Assert.IsType<MasterOutcome.Rebalanced>(Apply(entry)).Epoch;

    internal MasterRefusalKind Rejected(MasterEntry entry) =>
        Assert.IsType<MasterOutcome.Rejected>(Apply(entry)).Kind;
}
