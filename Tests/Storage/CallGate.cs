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
