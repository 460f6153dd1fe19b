namespace OrleansShards.Tests.Simulation;

/// <summary>What an <see cref="AtomicRun"/> is to be like.</summary>
/// <param name="Operations">How many operations begin.</param>
/// <param name="Processes">How many processes there are.</param>
/// <param name="Keys">How many keys.</param>
/// <param name="Values">How many different values; zero: each is written once.</param>
/// <param name="OpenPerMille">How often, of a thousand steps, a process gives up waiting.</param>
/// <param name="HasDeletes">Whether keys are deleted too.</param>
internal sealed record RunShape(
    int Operations, int Processes, int Keys = 1, int Values = 0, int OpenPerMille = 20, bool HasDeletes = true);
