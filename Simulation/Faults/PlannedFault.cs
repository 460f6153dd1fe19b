namespace OrleansShards.Simulation.Faults;

/// <summary>One fault of a run's schedule.</summary>
/// <param name="Name">Its name (<c>pause#2</c>): what it is left out by.</param>
/// <param name="Option">The option that it comes from, without <c>fault.</c>.</param>
/// <param name="At">When, in microseconds.</param>
/// <param name="Draws">What it draws its particulars from.</param>
internal sealed record PlannedFault(string Name, string Option, long At, Rng Draws);
