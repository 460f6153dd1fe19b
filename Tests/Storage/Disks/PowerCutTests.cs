namespace OrleansShards.Tests.Storage.Disks;

/// <summary>The power is cut at any moment, and what was not flushed is taken back: all of it, or any part.</summary>
public sealed class PowerCutTests
{
    private const int Rounds = 8;

    public static TheoryData<FileStore, int> Runs => DiskSeeds.Of(5);

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task PowerCut_AtAnyCall_WhatWasAcknowledgedIsThereAndNothingIsDamaged(FileStore kind, int seed)
    {
        await using DiskRun run = new(kind, seed);
        Random random = new(seed);
        var (takenBack, cutWhileWriting, round) = (0, 0, 0);
        bool WasFelt() =>
            takenBack > 0 && cutWhileWriting > 0 && run.Acknowledged > 10 && run.Logs.Sum(static log => log.Restored) > 0;

        // Which calls are cut depends on threads, too: a few more, until all that a cut can meet was met.
        for (; round < Rounds || (round < 5 * Rounds && !WasFelt()); round++)
        {
            // Also while it is opened: there is what a run before has left, to be read, put in order and flushed.
            run.Disk.CutPowerAfter(random.Next(1, random.Next(2) == 0 ? 20 : 400));
            if (await run.OpenAsync() is [])
            {
                Array.ForEach(run.Logs, log => log.Check($"{kind}, seed {seed}, round {round}"));
                await run.WriteAsync(60);
                cutWhileWriting += run.Disk.IsCut ? 1 : 0;
            }

            takenBack += await run.PowerCutAsync();
            await run.OpenAndCheckAsync($"after cut {round}");
            await run.CloseAsync();
        }

        TestContext.Current.SendDiagnosticMessage(
            $"{kind}, seed {seed}: {round} cuts, {cutWhileWriting} while writing, took back {takenBack}; {run.Acknowledged} are there");
        Assert.True(takenBack > 0, "no cut took anything back");
        Assert.True(cutWhileWriting > 0, "no cut came while something was written");
        Assert.True(run.Acknowledged > 10, $"only {run.Acknowledged} words were acknowledged");
        Assert.True(run.Logs.Sum(static log => log.Restored) > 0, "no checkpoint was ever read");
    }
}

/// <summary>The seeds of a test: the first few, or those that <c>ORLEANS_SHARDS_DISK_SEEDS</c> names, as in 100-199.</summary>
internal static class DiskSeeds
{
    internal static TheoryData<FileStore, int> Of(int count)
    {
        var named = Environment.GetEnvironmentVariable("ORLEANS_SHARDS_DISK_SEEDS")?.Split('-').Select(int.Parse).ToArray();
        TheoryData<FileStore, int> runs = [];
        foreach (var kind in Enum.GetValues<FileStore>())
        {
            for (var seed = named?[0] ?? 1; seed <= (named?[^1] ?? count); seed++)
                runs.Add(kind, seed);
        }

        return runs;
    }
}
