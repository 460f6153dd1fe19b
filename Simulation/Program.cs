using OrleansShards.Simulation.Cli;
using OrleansShards.Simulation.Running;

return args is ["explore", .. var rest]
    ? ExploreProcess.Run(rest, Console.Out, Console.Error)
    : SimulationProcess.Run(args, new Surroundings(Console.Out, Console.Error, Run.Execute));
