using System.Diagnostics;

namespace OrleansShards.Tests.Recording;

/// <summary>Waits for something to be so.</summary>
internal static class Condition
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks until it holds, and blocks meanwhile; a time-out says what was expected and what there was.</summary>
    internal static void Holds(Func<bool> condition, Func<string> expected) =>
        Task.Run(() => HoldsAsync(condition, expected)).GetAwaiter().GetResult();

    /// <summary>Looks until it holds; a time-out says what was expected and what there was.</summary>
    internal static Task HoldsAsync(Func<bool> condition, Func<string> expected) =>
        HoldsAsync(() => Task.FromResult(condition()), expected);

    /// <summary>Looks until it holds; a time-out says what was expected and what there was.</summary>
    internal static async Task HoldsAsync(Func<Task<bool>> condition, Func<string> expected)
    {
        long startedAt = Stopwatch.GetTimestamp();
        using PeriodicTimer looks = new(Look);
        while (!await condition().WaitAsync(Limit))
        {
            // Only then is it said what there is: that may be long, and change meanwhile.
            if (Stopwatch.GetElapsedTime(startedAt) > Limit)
                Assert.Fail($"expected within {Limit.TotalSeconds} s: {expected()}");

            await looks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Lets so much time pass: where time itself is what is tested with, such as how long somebody sleeps.</summary>
    internal static async Task PassesAsync(TimeSpan time)
    {
        using PeriodicTimer timer = new(time);
        await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
    }
}
