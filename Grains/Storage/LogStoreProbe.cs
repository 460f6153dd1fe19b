using System.Buffers.Binary;

namespace OrleansShards.Grains.Storage;

/// <summary>As <see cref="GrainStorageProbe"/>, for a log store itself: of several concurrent puts of a record one must win.</summary>
internal static class LogStoreProbe
{
    private const ulong Records = 4;
    private const int Racers = 16;

    /// <summary>Drops the records of the log before and after: it is used for nothing else.</summary>
    /// <exception cref="LogStoreException">The store is not fit, or cannot be reached.</exception>
    internal static async Task CheckAsync(ILogStore store, LogName log, string name)
    {
        await store.DropAsync(log, new LogIndex(LogStoreArgument.IndexMax), []);
        for (ulong record = 1; record <= Records; record++)
        {
            LogIndex index = new(record);
            RaceResult race = await RaceResult.RunAsync(
                Racers, racer => store.PutAsync(log, index, RaceResult.Value(racer)).AsTask());
            (IReadOnlyList<StoredRecord> found, _) = await store.ReadAsync(log, index, bytesMax: 0);
            if (race.Problem($"record {record}", found.Count == 0 ? null : RaceResult.Racer(found[0].Bytes.Span)) is { } problem)
            {
                throw new LogStoreException(
                    $"{name} cannot keep logs: {problem}. Two writers could both believe that a record is theirs.");
            }
        }

        await store.DropAsync(log, new LogIndex(LogStoreArgument.IndexMax), []);
    }
}

/// <summary>Each racer's answer in a race of several concurrent writers of the same thing, of whom one may win.</summary>
internal sealed record RaceResult(IReadOnlyList<(PutOutcome Outcome, string? Reason)> Answers)
{
    private int Winners => Answers.Count(static answer => answer.Outcome == PutOutcome.Stored);

    private string? Failure => Answers.FirstOrDefault(static answer => answer.Outcome is PutOutcome.Unknown or PutOutcome.NotStored).Reason;

    /// <summary>Starts all racers at once, each on a pool thread, and waits for them.</summary>
    internal static async Task<RaceResult> RunAsync(int racers, Func<int, Task<(PutOutcome Outcome, string? Reason)>> race)
    {
        TaskCompletionSource start = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<(PutOutcome, string?)>[] all =
        [
            // Not on the caller's scheduler, which may be a grain's: there they would start one after the other.
            .. Enumerable.Range(0, racers).Select(racer => Task.Run(async () =>
            {
                await start.Task;
                return await race(racer);
            })),
        ];
        start.SetResult();
        return new RaceResult(await Task.WhenAll(all));
    }

    /// <summary>The bytes that a racer writes.</summary>
    internal static byte[] Value(int racer)
    {
        byte[] value = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(value, racer);
        return value;
    }

    /// <summary>The racer that wrote these bytes; null if they are no racer's.</summary>
    internal static int? Racer(ReadOnlySpan<byte> value) =>
        value.Length == sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(value) : null;

    /// <summary>What is wrong with the result if the value of racer <paramref name="stored"/> was found; null if nothing is.</summary>
    internal string? Problem(string what, int? stored)
    {
        if (Winners > 1)
            return $"{what} had {Winners} winners of {Answers.Count}; expected 1";

        if (stored is not { } owner)
        {
            return $"{what} had {Winners} winners of {Answers.Count}, and nothing was there afterwards"
                + (Failure is { } failure ? $": {failure}" : "");
        }

        // A racer whose answer was lost may be the winner.
        PutOutcome expected = Winners == 1 ? PutOutcome.Stored : PutOutcome.Unknown;
        bool isWinner = owner >= 0 && owner < Answers.Count && Answers[owner].Outcome == expected;
        return isWinner ? null : $"{what} was told to have {Winners} winners of {Answers.Count}, but what is there is another's";
    }
}
