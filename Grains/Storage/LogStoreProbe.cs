using System.Buffers.Binary;

namespace OrleansShards.Grains.Storage;

/// <summary>As <see cref="GrainStorageProbe"/>, for a log store itself: of several concurrent puts of a record one must win.</summary>
/// <remarks>
/// <para>All silos that share a store probe in one log, for the store may keep something of every log for ever: PostgreSQL a row with its
/// name. Each takes numbers of its own at random, above those that are there: two silos that start at one time must not race each other, as
/// neither could tell who has won.</para>
/// <para>A silo that is probing at this moment must not lose its records to another one that cleans up. So the newest
/// <see cref="KeptIfShared"/> stay, those of 256 probes, whoever they are from: no clock is asked.</para>
/// </remarks>
internal static class LogStoreProbe
{
    /// <summary>How many records stay in a store that several silos may probe at once.</summary>
    internal const int KeptIfShared = 1024;

    private const ulong Records = 4;
    private const int Racers = 16;
    private const int ReadBytes = 64 << 10;

    /// <summary>Uses a log that is used for nothing else, and leaves its newest <paramref name="kept"/> records.</summary>
    /// <exception cref="LogStoreException">The store is not fit, or cannot be reached.</exception>
    internal static async Task CheckAsync(ILogStore store, LogName log, string name, int kept = 0)
    {
        List<LogIndex> earlier = await ListAsync(store, log);
        ulong first = (earlier.Count == 0 ? 0 : earlier[^1].Value) + ((ulong)Random.Shared.NextInt64(1, 1L << 32) * Records);
        for (ulong record = 0; record < Records; record++)
        {
            LogIndex index = new(first + record);
            RaceResult race = await RaceResult.RunAsync(
                Racers, racer => store.PutAsync(log, index, RaceResult.Value(racer)).AsTask());
            (IReadOnlyList<StoredRecord> found, _) = await store.ReadAsync(log, index, bytesMax: 0);
            int? stored = found is [var one, ..] && one.Index == index ? RaceResult.Racer(one.Bytes.Span) : null;
            if (race.Problem($"record {record + 1}", stored) is { } problem)
            {
                throw new LogStoreException(
                    $"{name} cannot keep logs: {problem}. Two writers could both believe that a record is theirs.");
            }
        }

        List<LogIndex> all = await ListAsync(store, log);
        if (all.Count > kept)
            await store.DropAsync(log, all[^(kept + 1)], []);
    }

    private static async Task<List<LogIndex>> ListAsync(ILogStore store, LogName log)
    {
        List<LogIndex> all = [];
        while (true)
        {
            LogIndex from = new(all.Count == 0 ? 1 : all[^1].Value + 1);
            (IReadOnlyList<StoredRecord> some, _) = await store.ReadAsync(log, from, ReadBytes);
            if (some.Count == 0)
                return all;

            all.AddRange(some.Select(static record => record.Index));
        }
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
