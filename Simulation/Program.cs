using System.Globalization;
using OrleansShards.Simulation.Drawing;
using OrleansShards.Simulation.Running;

ulong from = ulong.Parse(args[0], CultureInfo.InvariantCulture);
ulong to = ulong.Parse(args[1], CultureInfo.InvariantCulture);
RunStatistics all = new();
for (ulong seed = from; seed <= to; seed++)
{
    using StreamWriter? trace = args.Length > 2 ? new StreamWriter(args[2]) : null;
    RunResult result = Simulator.Execute(new RunOptions(seed, Profile.Swarm), trace);
    all.Add(result.Statistics);
    if (result.Rule is not null)
    {
        Console.WriteLine($"seed {seed}: {result.Rule}: {result.Text[..Math.Min(result.Text.Length, 1500)]}");
    }
}

Console.WriteLine($"runs {all.Runs}, virtual s {all.Microseconds / 1_000_000}, steps {all.Steps}, ops {all.Operations}, takeovers {all.Takeovers}, moves {all.Moves}, undecided {all.Undecided}");
return 0;
