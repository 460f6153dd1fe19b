namespace OrleansShards.Tests.Core.Masters;

/// <summary>Random schedules: <c>MASTER_SEED=n</c> repeats one, <c>MASTER_SEEDS=n</c> runs more of them.</summary>
public sealed class MasterScheduleTests
{
    [Fact]
    public void RandomFaults_WhatMustHoldHolds()
    {
        int first = Setting("MASTER_SEED") ?? 1;
        int count = Setting("MASTER_SEED") is null ? Setting("MASTER_SEEDS") ?? 150 : 1;
        Dictionary<string, int> seen = [];
        for (int seed = first; seed < first + count; seed++)
        {
            MasterSchedule schedule = new(seed);
            try
            {
                schedule.Run();
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"MASTER_SEED={seed} repeats this: {failure.Message}", failure);
            }

            foreach ((string what, int times) in schedule.Seen)
                seen[what] = seen.GetValueOrDefault(what) + times;
        }

        string[] expected =
        [
            "crash", "pause", "ShardOwner", "ConfigReply", "NotPrimary", "MasterRefusal", "MasterUnknown",
            "FailoverReply", "SwitchoverReply", "HeartbeatReply", "ShadowStatusReply", "hand-over taken",
            "hand-over cancelled", "Rebalanced", "MoveStatus", "MoveDecided", "Committed", "Cancelled", "Aborted",
        ];
        string all = string.Join(", ", seen);
        Assert.All(
            expected, what => Assert.True(count < 100 || seen.GetValueOrDefault(what) >= 20, $"{what} in {all}"));
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), out int value) ? value : null;
}
