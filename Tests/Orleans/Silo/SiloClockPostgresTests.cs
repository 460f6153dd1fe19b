using OrleansShards.Silo.Cli;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Silo;

/// <summary>Silos of one database whose clocks differ, or are set back.</summary>
public sealed class SiloClockPostgresTests
{
    [Fact]
    public async Task Silos_ClocksAreOffAndSetBack_AreOneCluster()
    {
        await using TestSchema schema = new();
        DatabaseSettings database = new(schema.Options.ConnectionString, schema.Name);
        try
        {
            string members = $"(select count(*) = 2 from {database.MembershipSchema}.orleansmembershiptable where status = 3)";
            int[] ports = FreePorts.Take(3);
            using SiloRun first = Start(FreePorts.Take(3), []);
            await first.UntilReadyIsAsync(true);
            using (SiloRun ahead = Start(ports, WrongClock.Off("+600s")))
            {
                await ahead.UntilReadyIsAsync(true);
                await schema.UntilAsync(members);
                ahead.Kill();
            }

            using SiloRun behind = Start(ports, WrongClock.Off("-330s"));
            await behind.UntilReadyIsAsync(true);
            await schema.UntilAsync(members);
            await first.UntilReadyIsAsync(true);
        }
        finally
        {
            await schema.AskAsync($"drop schema if exists {database.MembershipSchema} cascade");
        }

        SiloRun Start(int[] ports, IReadOnlyCollection<KeyValuePair<string, string>> environment) => new(
            ports, environment,
            "--cluster", "postgres", "--connection", database.Connection, "--schema", schema.Name, "--cluster-id", schema.Name);
    }
}
