using Orleans.Runtime;
using OrleansShards.Grains.Clustering;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Membership;
using OrleansShards.Tests.Orleans.Cluster;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Silo;

/// <summary>Silos of one directory whose clocks differ, or are set back.</summary>
public sealed class SiloClockTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TemporaryDirectory _clock = new();

    public void Dispose()
    {
        _directory.Dispose();
        _clock.Dispose();
    }

    [Theory]
    [InlineData("-330s")]
    [InlineData("-7300s")]
    [InlineData("+600s")]
    public async Task Join_TheClockIsOff_IsAMemberAndReady(string by)
    {
        using SiloRun first = Start(FreePorts.Take(3), []);
        await first.UntilReadyIsAsync(true);
        using SiloRun second = Start(FreePorts.Take(3), WrongClock.Off(by));

        await second.UntilReadyIsAsync(true);

        await OrleansCluster.UntilAsync(
            () => Status(first) == SiloStatus.Active && Status(second) == SiloStatus.Active, "two members");
        await first.UntilReadyIsAsync(true);
        second.Terminate();
        Assert.Equal(0, await second.EndedAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_TheClockWasSetBack_StartsAtItsAddress(bool kill)
    {
        int[] ports = FreePorts.Take(3);
        using (SiloRun ahead = Start(ports, WrongClock.Off("+600s")))
        {
            await ahead.UntilReadyIsAsync(true);
            if (kill)
                ahead.Kill();
            else
                ahead.Terminate();

            await ahead.EndedAsync();
        }

        using SiloRun silo = Start(ports, []);

        await silo.UntilReadyIsAsync(true);
    }

    [Theory]
    [InlineData("-600s")]
    [InlineData("+600s")]
    public async Task Run_TheClockJumps_FindsTheOthersDeathAndItsReturn(string by)
    {
        string clock = Path.Combine(_clock.Path, "clock");
        int[] ports = FreePorts.Take(3);
        using SiloRun first = Start(FreePorts.Take(3), WrongClock.OffByFile(clock));
        await first.UntilReadyIsAsync(true);
        using (SiloRun second = Start(ports, []))
        {
            await second.UntilReadyIsAsync(true);
            await OrleansCluster.UntilAsync(() => Status(second) == SiloStatus.Active, "a second member");

            WrongClock.Set(clock, by);
            second.Kill();

            await OrleansCluster.UntilAsync(() => Status(second) == SiloStatus.Dead, "the silo that was killed is declared dead");
        }

        using SiloRun again = Start(ports, []);
        await again.UntilReadyIsAsync(true);
        await first.UntilReadyIsAsync(true);
    }

    // Of the silo that started there last.
    private SiloStatus? Status(SiloRun silo) => new MembershipDirectory(new SharedDirectory(_directory.Path).Members)
        .ReadNewest(ClusterNames.ClusterId)!.Members.Where(member => member.Silo.Endpoint.Port == silo.SiloPort)
        .MaxBy(static member => member.Silo.Generation)?.Status;

    private SiloRun Start(int[] ports, IReadOnlyCollection<KeyValuePair<string, string>> environment) =>
        new(ports, environment, "--cluster", "directory", "--data", _directory.Path);
}
