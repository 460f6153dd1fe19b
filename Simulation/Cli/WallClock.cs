using System.Diagnostics;

namespace OrleansShards.Simulation.Cli;

/// <summary>True time and chance, for what is around runs: how long they took, and where fresh seeds begin. No run sees either.</summary>
internal sealed class WallClock
{
#pragma warning disable RS0030 // How fast runs are is told in true time, and a fresh seed has to come from somewhere.
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    /// <summary>Since this clock was made.</summary>
    internal TimeSpan Elapsed => _watch.Elapsed;

    /// <summary>A seed that hardly anybody has run; short enough to be read out to a colleague.</summary>
    internal static ulong FreshSeed() => (ulong)Random.Shared.NextInt64(1_000_000, 1_000_000_000_000);
#pragma warning restore RS0030
}
