namespace OrleansShards.Samples.Application;

/// <summary>
/// A transfer, as it is stored on disk before its next step: the step, its number in the session and the balance that it
/// expects. After a crash the step can be repeated without taking effect twice.
/// </summary>
public sealed record Transfer(string From, string To, int Amount, TransferStep Step, long Sequence, int Seen)
{
    /// <summary>The state before the first transfer.</summary>
    public static Transfer None { get; } = new("", "", 0, TransferStep.Done, 0, 0);
}

/// <summary>The steps of a transfer.</summary>
public enum TransferStep
{
    /// <summary>No step is left.</summary>
    Done = 0,

    /// <summary>Take the money from one account.</summary>
    Withdraw = 1,

    /// <summary>Put it into the other.</summary>
    Deposit = 2,
}
