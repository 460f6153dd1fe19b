using OrleansShards.Core.Masters;

namespace OrleansShards.Tests.Core.Masters;

/// <summary>The masters' state as dumbly as can be: every epoch's map is a copy, nothing is compacted or encoded.</summary>
internal sealed class MasterStateModel(ClusterDefinition cluster)
{
    private readonly Dictionary<int, (string Owner, ulong Epoch, bool MayOpenEmpty)> _shards = [];
    private readonly List<Dictionary<int, string>> _epochs = [[]];

    /// <summary>What happened, by name: a test sees that its generator reaches everything.</summary>
    internal Dictionary<string, int> Seen { get; } = [];

    internal List<ulong> TakeoverTerms { get; } = [];

    internal (string To, ulong Term)? Switchover { get; private set; }

    internal int NewestEpoch => _epochs.Count;

    internal Dictionary<int, string> OwnersAt(int epoch) => _epochs[epoch - 1];

    internal (string Owner, ulong Epoch, bool MayOpenEmpty)? Find(int shard) =>
        _shards.TryGetValue(shard, out (string, ulong, bool) found) ? found : null;

    internal void Apply(ulong term, MasterEntry entry)
    {
        if (Switchover is { } pending && pending.Term < term)
        {
            Switchover = null;
            Count("stale hand-over");
        }

        switch (entry)
        {
            case MasterEntry.Created created:
                Count(created.Definition == cluster ? "founded again" : "founded differently");
                break;
            case MasterEntry.Assigned assigned:
                Assign(assigned);
                break;
            case MasterEntry.OwnerReported reported:
                Report(reported);
                break;
            case MasterEntry.TakenOver taken when TakeoverTerms.All(known => known < taken.Record.Term.Value):
                TakeoverTerms.Add(taken.Record.Term.Value);
                Count("taken over");
                break;
            case MasterEntry.Switchover switchover when cluster.Has(switchover.To):
                Switchover = (switchover.To.Value, term);
                Count("hand-over");
                break;
            case MasterEntry.SwitchoverCancelled:
                Switchover = null;
                break;
            default:
                Count("refused");
                break;
        }
    }

    private void Assign(MasterEntry.Assigned entry)
    {
        bool isKnown = cluster.Has(entry.Shard) && (entry.Prefer is null || cluster.Has(entry.Prefer.Value));
        if (!isKnown || _shards.ContainsKey(entry.Shard.Value))
        {
            Count(isKnown ? "assigned again" : "unknown name");
            return;
        }

        string owner = entry.Prefer?.Value
            ?? cluster.Groups.MinBy(group => _shards.Values.Count(shard => shard.Owner == group.Value)).Value;
        Set(entry.Shard.Value, (owner, 1, true));
    }

    private void Report(MasterEntry.OwnerReported entry)
    {
        if (!cluster.Has(entry.Shard) || !cluster.Has(entry.Owner))
        {
            Count("unknown name");
            return;
        }

        if (!_shards.TryGetValue(entry.Shard.Value, out (string Owner, ulong Epoch, bool Empty) now)
            || now.Epoch < entry.Epoch.Value)
        {
            Set(entry.Shard.Value, (entry.Owner.Value, entry.Epoch.Value, entry.Empty));
        }
        else if (now.Epoch == entry.Epoch.Value && now.Owner == entry.Owner.Value && now.Empty && !entry.Empty)
        {
            _shards[entry.Shard.Value] = (now.Owner, now.Epoch, false);
            Count("held");
        }
        else
        {
            bool isConflict = now.Epoch == entry.Epoch.Value && now.Owner != entry.Owner.Value;
            Count(isConflict ? "conflict" : "old or equal report");
        }
    }

    private void Set(int shard, (string Owner, ulong Epoch, bool MayOpenEmpty) entry)
    {
        _shards[shard] = entry;
        _epochs.Add(_shards.ToDictionary(static pair => pair.Key, static pair => pair.Value.Owner));
        Count("moved");
    }

    private void Count(string what) => Seen[what] = Seen.GetValueOrDefault(what) + 1;
}
