using OrleansShards.Simulation.Cli;

return SimulationProcess.Run(args, Console.Out, Console.Error);
