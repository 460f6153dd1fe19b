namespace OrleansShards.Core.Wal;

/// <summary>What a replica does with its log at this moment.</summary>
public enum LogRole
{
    /// <summary>Reads the newest checkpoint. Knows nothing yet; may neither be read nor lead.</summary>
    Loading = 1,

    /// <summary>Tails the log and applies it. Its state is a durable prefix; leaves by <see cref="LogReplica{T}.Lead"/>.</summary>
    Following = 2,

    /// <summary>Reads to the durable end and puts a term-start record there. Leads when that is durable.</summary>
    Opening = 3,

    /// <summary>The log's writer as far as it knows; every put and every read's check shows whether it still is.</summary>
    Leading = 4,

    /// <summary>Found the log damaged, or itself different from it. Reads no further and can never lead.</summary>
    Faulted = 5,
}
