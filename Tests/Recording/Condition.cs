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
    internal static Task HoldsAsync(Func<bool> condition, Func<string> expected, TimeSpan? limit = null) =>
        HoldsAsync(() => Task.FromResult(condition()), expected, limit);

    /// <summary>Looks until it holds; a time-out says what was expected and what there was.</summary>
    internal static async Task HoldsAsync(Func<Task<bool>> condition, Func<string> expected, TimeSpan? limit = null)
    {
        TimeSpan most = limit ?? Limit;
        long startedAt = Stopwatch.GetTimestamp();
        using PeriodicTimer looks = new(Look);
        while (!await condition().WaitAsync(most))
        {
            // Only then is it said what there is: that may be long, and change meanwhile.
            if (Stopwatch.GetElapsedTime(startedAt) > most)
                Assert.Fail($"expected within {most.TotalSeconds} s: {expected()}");

            await looks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits for the end of something that the product must end; if it hangs, the test fails and not the test program.</summary>
    internal static async Task EndsAsync(Task task, string expected)
    {
        try
        {
            await task.WaitAsync(Limit);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            Assert.Fail($"expected within {Limit.TotalSeconds} s: {expected}");
        }
    }

    /// <inheritdoc cref="EndsAsync(Task, string)"/>
    internal static async Task<T> EndsAsync<T>(Task<T> task, string expected)
    {
        await EndsAsync((Task)task, expected);
        return await task;
    }

    /// <summary>
    /// Lets so much time pass: where time itself is what is tested with, such as how long somebody sleeps. What has passed already, by
    /// zero or less, is not waited for.
    /// </summary>
    internal static async Task PassesAsync(TimeSpan time)
    {
        if (time < TimeSpan.FromMilliseconds(1))
            return;

        using PeriodicTimer timer = new(time);
        await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
    }
}
