using System.Diagnostics;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>Waits for a condition; a time-out says what was expected and what was seen.</summary>
internal static class Wait
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    internal static void Until(Func<bool> condition, string expected, Func<string> seen)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Limit)
                Assert.Fail($"expected within {Limit.TotalSeconds} s: {expected}; seen: {seen()}");

            Thread.Yield();
        }
    }
}
