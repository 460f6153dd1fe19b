namespace OrleansShards.Samples.Application;

/// <summary>
/// A transfer, as it is kept on disk before its next step is taken: what is to be done, and under which number of the
/// session, so that it can be repeated after a crash without being done twice.
/// </summary>
/// <param name="From">Whose money it is.</param>
/// <param name="To">Whose it will be.</param>
/// <param name="Amount">How much.</param>
/// <param name="Step">What is to be done next; <see cref="TransferStep.Done"/> where nothing is.</param>
/// <param name="Sequence">The number of that step.</param>
/// <param name="Seen">The balance that the step expects.</param>
public sealed record Transfer(string From, string To, int Amount, TransferStep Step, long Sequence, int Seen)
{
    /// <summary>Before the first.</summary>
    public static Transfer None { get; } = new("", "", 0, TransferStep.Done, 0, 0);
}

/// <summary>The steps of a transfer.</summary>
public enum TransferStep
{
    /// <summary>All is done.</summary>
    Done = 0,

    /// <summary>Taking the money from the one account.</summary>
    Withdraw = 1,

    /// <summary>Putting it into the other one.</summary>
    Deposit = 2,
}
