using OrleansShards.MaelstromGateway.Cli;

return GatewayProcess.Run(args);
