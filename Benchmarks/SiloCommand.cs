namespace OrleansShards.Benchmarks;

/// <summary>The command that needs Orleans, where it was built with it.</summary>
internal static class SiloCommand
{
#if WITH_ORLEANS
    internal static int Run(string script, string[] mixes, int[] inFlight, int rounds, TimeSpan duration) =>
        Silos.SiloBenchmark.Run(script, mixes, inFlight, rounds, duration);
#else
    internal static int Run(string script, string[] mixes, int[] inFlight, int rounds, TimeSpan duration)
    {
        Console.Error.WriteLine(
            $"built without Orleans, so there is no silo that {script} could start ({mixes.Length} mixes, "
            + $"{inFlight.Length} loads, {rounds} rounds of {duration.TotalSeconds} s asked for)");
        return 2;
    }
#endif
}
