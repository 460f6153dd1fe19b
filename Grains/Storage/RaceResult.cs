namespace OrleansShards.Grains.Storage;

/// <summary>What came of several who did the same at once, where one may win.</summary>
/// <param name="Answers">What each was told.</param>
internal sealed record RaceResult(IReadOnlyList<(PutOutcome Outcome, string? Reason)> Answers)
{
    private int Winners => Answers.Count(static answer => answer.Outcome == PutOutcome.Stored);

    private string? Failure => Answers.FirstOrDefault(static answer => answer.Outcome is PutOutcome.Unknown or PutOutcome.NotStored).Reason;

    /// <summary>Lets all begin at once, each on a thread of the pool, and waits for them.</summary>
    internal static async Task<RaceResult> RunAsync(int racers, Func<int, Task<(PutOutcome Outcome, string? Reason)>> race)
    {
        TaskCompletionSource start = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<(PutOutcome, string?)>[] all =
        [
            // Not on the caller's scheduler, which may be a grain's: there they would begin one after the other.
            .. Enumerable.Range(0, racers).Select(racer => Task.Run(async () =>
            {
                await start.Task;
                return await race(racer);
            })),
        ];
        start.SetResult();
        return new RaceResult(await Task.WhenAll(all));
    }

    /// <summary>What is wrong with it; null where all is well.</summary>
    /// <param name="what">What they raced for.</param>
    /// <param name="stored">Whose value was found there afterwards; null where none was.</param>
    internal string? Problem(string what, int? stored)
    {
        if (Winners > 1)
            return $"{what} had {Winners} winners of {Answers.Count}; expected 1";

        if (stored is not { } owner)
        {
            return $"{what} had {Winners} winners of {Answers.Count}, and nothing was there afterwards"
                + (Failure is { } failure ? $": {failure}" : "");
        }

        // One whose answer was lost may be the winner.
        PutOutcome expected = Winners == 1 ? PutOutcome.Stored : PutOutcome.Unknown;
        bool isWinner = owner >= 0 && owner < Answers.Count && Answers[owner].Outcome == expected;
        return isWinner ? null : $"{what} was told to have {Winners} winners of {Answers.Count}, but what is there is another's";
    }
}
