using OrleansShards.Silo.Cli;

return await SiloProcess.RunAsync(args);
