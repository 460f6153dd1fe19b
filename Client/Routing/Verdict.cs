namespace OrleansShards.Client.Routing;

/// <summary>What an answer means for the request that it belongs to.</summary>
/// <param name="Next">What to do now.</param>
/// <param name="Outcome">Set where the request has ended.</param>
internal readonly record struct Verdict(NextStep Next, ClientOutcome? Outcome)
{
    internal static Verdict AskAgain => new(NextStep.AskAgain, null);

    internal static Verdict AskLater => new(NextStep.AskLater, null);

    internal static Verdict End(ClientOutcome outcome) => new(NextStep.End, outcome);
}

/// <summary>What to do with a request after an answer.</summary>
internal enum NextStep
{
    /// <summary>It has ended.</summary>
    End = 1,

    /// <summary>Somebody else is responsible, and known: ask there at once.</summary>
    AskAgain = 2,

    /// <summary>Time may heal it: ask again after a pause.</summary>
    AskLater = 3,
}
