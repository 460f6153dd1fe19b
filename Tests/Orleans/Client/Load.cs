using OrleansShards.Client;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>Writes and reads keys of many shards until it is told to stop; the first failure is the test's.</summary>
internal sealed class Load : IAsyncDisposable
{
    private const int Writers = 8;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private int _rounds;

    internal Load(IShardsClient shards) => _running = Task.WhenAll(
        Enumerable.Range(0, Writers).Select(writer => WriteAsync(shards, $"load {writer}")));

    /// <summary>Waits until every writer may have done some more, or one has failed.</summary>
    internal async Task GoOnAsync()
    {
        int enough = Volatile.Read(ref _rounds) + (Writers * 20);
        await Waits.UntilAsync(
            () => _running.IsCompleted || Volatile.Read(ref _rounds) >= enough, $"{enough} rounds of the load");
        Assert.False(_running.IsFaulted, _running.Exception?.InnerException?.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task WriteAsync(IShardsClient shards, string name)
    {
        for (int value = 0; !_stopping.IsCancellationRequested; value++)
        {
            string key = $"{name}, {value % 10}";
            (await shards.PutAsync(key, value)).ThrowIfFailed();
            KeyResult.Found found = Assert.IsType<KeyResult.Found>(await shards.GetAsync(key));
            Assert.Equal(value, found.ValueAs<int>());
            Interlocked.Increment(ref _rounds);
        }
    }
}
