using OrleansShards.Simulation.Cli;
using OrleansShards.Simulation.Running;

return SimulationProcess.Run(args, new Surroundings(Console.Out, Console.Error, Run.Execute));
