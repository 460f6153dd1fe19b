using OrleansShards.Client.Errors;
using OrleansShards.Client.Requests;
using OrleansShards.Client.Routing;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Placement;

namespace OrleansShards.Silo.Api;

/// <summary>
/// Asks the cluster for what the API answers. Every question ends: with its answer, or with an error, within its own limit. Nothing is
/// asked before the silo runs.
/// </summary>
internal sealed class ClusterReader(
    RequestTracker requests, ClusterIdentity identity, IGrainFactory grains, ISiloStatusOracle silos, GroupPlacement placement,
    TimeProvider clock)
{
    /// <summary>How long a part of a status may take: a master answers from memory, after one check of its log.</summary>
    internal static readonly TimeSpan PartLimit = TimeSpan.FromSeconds(1);

    /// <summary>How long an action may take, as the gateway has it.</summary>
    internal static readonly TimeSpan ActionLimit = TimeSpan.FromMilliseconds(4500);

    // A router ends a request within a tick of its deadline. If it hangs itself, nobody waits for it.
    private static readonly TimeSpan RouterGrace = TimeSpan.FromMilliseconds(500);

    /// <summary>The cluster's definition; the API is not asked before it is known.</summary>
    internal Task<ClusterDefinition> DefinitionAsync(CancellationToken stop) => identity.Known.WaitAsync(PartLimit, clock, stop);

    /// <summary>Asks the primary.</summary>
    internal Task<Answer<T>> AskPrimaryAsync<T>(Message question, TimeSpan limit, CancellationToken stop)
        where T : Message => AskAsync<T>(new ClientRequest.OfPrimary(question), limit, stop);

    /// <summary>The status with the moves that have ended.</summary>
    internal Task<Answer<ClusterStatusReply>> StatusAsync(CancellationToken stop) =>
        AskPrimaryAsync<ClusterStatusReply>(new QueryClusterStatus { WithEndedMoves = true }, PartLimit, stop);

    internal async Task<Answer<T>> AskAsync<T>(ClientRequest request, TimeSpan limit, CancellationToken stop)
        where T : Message
    {
        try
        {
            ClientOutcome outcome = await requests.AskAsync(request, limit, stop).WaitAsync(limit + RouterGrace, clock, stop);
            return outcome is ClientOutcome.Applied { Reply: T reply } && ErrorTable.Find(outcome) is null
                ? new Answer<T>(reply, null)
                : new Answer<T>(
                    (outcome as ClientOutcome.Rejected)?.Reply as T,
                    ErrorTable.Find(outcome)
                        ?? new ErrorReply(ErrorCode.Crash, $"answered with another message than {typeof(T).Name}"));
        }
        catch (TimeoutException)
        {
            return new Answer<T>(null, new ErrorReply(
                ErrorCode.Timeout,
                $"it may or may not have taken effect: this silo has not answered within {limit.TotalMilliseconds:0} ms"));
        }
    }

    /// <summary>The grains' calls; each fails by itself after Orleans' own limit.</summary>
    internal GrainCalls Calls(ClusterDefinition definition) => new(grains, definition);

    /// <summary>The silos that are up, by name.</summary>
    internal IReadOnlyList<(SiloAddress Address, string Name)> Silos() =>
        [.. silos.GetActiveSilos().Select(silo => (silo, NameOf(silo))).OrderBy(static silo => silo.Item2, StringComparer.Ordinal)];

    internal string NameOf(SiloAddress silo) => silos.TryGetSiloName(silo, out string? name) && name is not null ? name : silo.ToString();

    /// <summary>The silo that a group (<c>GROUP</c>) or a shard's copy (<c>GROUP/NUMBER</c>) belongs on; null where none is up.</summary>
    internal string? PlaceOf(string key) => silos.GetActiveSilos() is { Length: > 0 } up ? NameOf(placement.Find(key, up)) : null;

    internal IReadOnlyList<string> GroupsOf(SiloAddress silo) => placement.GroupsOf(silo);
}

/// <summary>What was asked for, or the error; a refusal that is an answer of its own kind comes with both.</summary>
internal readonly record struct Answer<T>(T? Reply, ErrorReply? Error)
    where T : class;

/// <summary>Collects the parts of a status: a part that fails or hangs is missing, and stands among the problems.</summary>
internal sealed class StatusParts(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly SortedList<string, PartProblem> _problems = new(StringComparer.Ordinal);

    internal IReadOnlyList<PartProblem> Problems
    {
        get
        {
            lock (_gate)
                return [.. _problems.Values];
        }
    }

    internal void Add(string part, string text)
    {
        lock (_gate)
            _problems[part] = new PartProblem(part, text);
    }

    internal async Task<T?> AskAsync<T>(string part, Func<Task<T>> ask, CancellationToken stop)
        where T : class
    {
        try
        {
            return await ask().WaitAsync(ClusterReader.PartLimit, clock, stop);
        }
        catch (TimeoutException)
        {
            Add(part, $"has not answered within {ClusterReader.PartLimit.TotalMilliseconds:0} ms");
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            Add(part, $"does not answer: {failure.Message}");
        }

        return null;
    }

    internal T? Take<T>(string part, Answer<T> answer)
        where T : class
    {
        if (answer.Error is { } error)
            Add(part, error.Text);

        return answer.Error is null ? answer.Reply : null;
    }
}
