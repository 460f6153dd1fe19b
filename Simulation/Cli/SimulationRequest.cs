using System.Collections.Immutable;

namespace OrleansShards.Simulation.Cli;

/// <summary>What the command line asks for.</summary>
internal sealed record SimulationRequest
{
    internal const long SeedsDefault = 1_000;

    /// <summary>The first seed, or the only one.</summary>
    internal ulong First { get; init; }

    /// <summary>Whether one seed is run, and reported at length.</summary>
    internal bool IsSingle { get; init; }

    /// <summary>How many seeds at most; null if only time limits them.</summary>
    internal long? Seeds { get; init; } = SeedsDefault;

    /// <summary>The value of <c>--seeds</c>; null without it.</summary>
    internal long? SeedsGiven { get; init; }

    /// <summary>No run begins after this time.</summary>
    internal TimeSpan? Limit { get; init; }

    /// <summary>The profiles that take turns, seed by seed.</summary>
    internal IReadOnlyList<Profile> Profiles { get; init; } = [Profile.Swarm];

    internal string? TraceFile { get; init; }

    internal ImmutableSortedDictionary<string, long> Set { get; init; } =
        ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    internal ImmutableSortedSet<string> Skip { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    internal int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether to look for a smaller run that breaks the same rule.</summary>
    internal bool Shrinks { get; init; } = true;

    internal bool KeepsGoing { get; init; }

    internal bool DemandsAllFaults { get; init; }

    internal bool ListsOptions { get; init; }

    internal bool IsPlanted { get; init; }

    /// <summary>The one planted defect; null for all.</summary>
    internal string? Defect { get; init; }

    /// <summary>Whether planted defects are looked for by every order of a small world's events.</summary>
    internal bool Explores { get; init; }

    /// <summary>How often to look for each planted defect, each time from another first seed.</summary>
    internal int Rounds { get; init; } = 5;

    internal RunOptions OptionsOf(ulong seed) => new(seed, Profiles[(int)(seed % (ulong)Profiles.Count)], Set, Skip);
}
