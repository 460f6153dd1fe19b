namespace OrleansShards.Tests.Orleans.Client;

/// <summary>Waits for conditions.</summary>
internal static class Waits
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Waits for a condition; a time-out says what was expected.</summary>
    internal static async Task UntilAsync(Func<bool> condition, string expected)
    {
        using CancellationTokenSource limit = new(Limit);
        using PeriodicTimer looks = new(TimeSpan.FromMilliseconds(5));
        while (!condition())
        {
            Assert.False(limit.IsCancellationRequested, $"expected within {Limit.TotalSeconds} s: {expected}");
            await looks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
