using OrleansShards.Storage;

namespace OrleansShards.Tests.Storage;

/// <summary>Holds the calls of one kind until the test lets them go.</summary>
public sealed class CallGate
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal CallGate(bool afterTheCall) => AfterTheCall = afterTheCall;

    /// <summary>Done once the first call is held.</summary>
    public Task Arrived => _arrived.Task;

    internal bool AfterTheCall { get; }

    /// <summary>Lets go what is held, and all that comes later.</summary>
    public void Open() => _open.TrySetResult();

    internal Task PassAsync(bool afterTheCall)
    {
        if (afterTheCall != AfterTheCall)
            return Task.CompletedTask;

        _arrived.TrySetResult();
        return _open.Task;
    }
}

internal static class TakeGates
{
    /// <summary>What is asked in <paramref name="ask"/> waits until all of it was asked, and so is taken together.</summary>
    internal static async Task<TResult[]> TogetherAsync<TResult>(this StoreFaults faults, Func<Task<TResult>[]> ask)
    {
        faults.TakeGate.Reset();
        Task<TResult>[] asked;
        try
        {
            asked = ask();
        }
        finally
        {
            faults.TakeGate.Set();
        }

        return await Task.WhenAll(asked);
    }
}
