using System.Collections.Immutable;

namespace OrleansShards.Simulation.Cli;

/// <summary>What the command line asks for.</summary>
internal sealed record SimulationRequest
{
    /// <summary>How many seeds are run where nothing is said.</summary>
    internal const long SeedsDefault = 1_000;

    /// <summary>The first seed, or the only one.</summary>
    internal ulong First { get; init; }

    /// <summary>Whether one seed is run, and told at length.</summary>
    internal bool IsSingle { get; init; }

    /// <summary>How many seeds at most; null where only time limits them.</summary>
    internal long? Seeds { get; init; } = SeedsDefault;

    /// <summary>How many were asked for; null where nothing was said.</summary>
    internal long? SeedsGiven { get; init; }

    /// <summary>After what time no further run begins.</summary>
    internal TimeSpan? Limit { get; init; }

    /// <summary>The profiles that take turns, seed by seed.</summary>
    internal IReadOnlyList<Profile> Profiles { get; init; } = [Profile.Swarm];

    /// <summary>Where the run is written down.</summary>
    internal string? TraceFile { get; init; }

    /// <summary>Options that are set instead of drawn.</summary>
    internal ImmutableSortedDictionary<string, long> Set { get; init; } =
        ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    /// <summary>Scheduled faults that are left out.</summary>
    internal ImmutableSortedSet<string> Skip { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>How many runs are made at once.</summary>
    internal int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether a smaller run is looked for that breaks the same rule.</summary>
    internal bool Shrinks { get; init; } = true;

    /// <summary>Whether runs go on after one that has broken a rule.</summary>
    internal bool KeepsGoing { get; init; }

    /// <summary>Whether a kind of fault that never happened counts as a failure.</summary>
    internal bool DemandsAllFaults { get; init; }

    /// <summary>Whether only the table of options is asked for.</summary>
    internal bool ListsOptions { get; init; }

    /// <summary>Whether planted defects are looked for.</summary>
    internal bool IsPlanted { get; init; }

    /// <summary>The one planted defect; null for all.</summary>
    internal string? Defect { get; init; }

    /// <summary>How often each planted defect is looked for, each time from another seed on.</summary>
    internal int Rounds { get; init; } = 5;

    /// <summary>The options of one seed's run.</summary>
    internal RunOptions OptionsOf(ulong seed) => new(seed, Profiles[(int)(seed % (ulong)Profiles.Count)], Set, Skip);
}
