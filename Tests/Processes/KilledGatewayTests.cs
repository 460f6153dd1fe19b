namespace OrleansShards.Tests.Processes;

public sealed class KilledGatewayTests
{
    private const int Rounds = 8;
    private const int Sources = 32;

    // Patience, as a busy machine is no lost write.
    private static readonly string[] Options = ["--key-deadline-ms", "30000", "--deadline-ms", "30000"];

    [Fact]
    public async Task Data_KilledEightTimesInMidBurst_LosesNoAcknowledgedWrite_AndTheLogsVerify()
    {
        string directory = Directory.CreateTempSubdirectory("orleansshards-kill-").FullName;
        try
        {
            WriteBurst burst = new(Sources);
            Random random = new(20_261_121);
            for (int round = 0; round < Rounds; round++)
            {
                using GatewayProcess gateway = new([.. Options, "--data", directory]);
                gateway.Init("n1", "n1", "n2");
                burst.Verify(key => gateway.Read("n2", key));
                burst.Run(gateway, "n1", random.Next(Sources, 2000));
                gateway.Kill();
            }

            using (GatewayProcess last = new([.. Options, "--data", directory]))
            {
                last.Init("n1", "n1", "n2");
                burst.Verify(key => last.Read("n1", key));
                Assert.Equal(0, last.End());
            }

            Assert.InRange(await StoredLogs.VerifyAsync(directory), Rounds, long.MaxValue);
            Assert.InRange(burst.Acknowledged, Rounds * Sources, long.MaxValue);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
