using Orleans.Storage;

namespace OrleansShards.Grains.Storage;

/// <summary>
/// Checks whether a grain storage provider is fit to keep logs: of several writers that create a state concurrently, or change
/// it from the same version, exactly one must win, and reads must show what the winner wrote.
/// </summary>
/// <remarks>
/// The writers race on fresh keys, which are cleared afterwards. A provider that passes is not proved safe; one that fails is
/// unsafe. (A table without a unique index, filled by "insert where not exists", fails 9 races of 10.)
/// </remarks>
public static class GrainStorageProbe
{
    private const int Records = 4;
    private const int Racers = 16;

    /// <summary>Checks a provider; its registered name is for the text.</summary>
    /// <exception cref="LogStoreException">
    /// The provider is not fit, or cannot be reached; the text names it, and says what was seen and what to do.
    /// </exception>
    public static async Task CheckAsync(IGrainStorage storage, string providerName)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ProviderStates states = new(storage, providerName);
        Guid race = Guid.NewGuid();
        for (int record = 1; record <= Records; record++)
        {
            GrainId key = new StateKeys("").Probe(race, record);
            if (await ProblemAsync(states, key, record) is { } problem)
            {
                throw new LogStoreException(
                    $"{states.Description} cannot keep logs: {problem}. Two writers could both believe that a record is theirs, "
                    + "and acknowledged writes would be lost. Use AddSqliteLogStore (one machine) or AddPostgresLogStore "
                    + "(several), or make this provider create and change states atomically: in a database, by a unique index "
                    + "over the columns that identify a state.");
            }

            await states.ClearAsync(key);
        }
    }

    private static async Task<string?> ProblemAsync(ProviderStates states, GrainId key, int record)
    {
        RaceResult creation = await RaceResult.RunAsync(Racers, racer => states.CreateAsync(key, RaceResult.Value(racer)));
        StoredState created = await states.ReadAsync(key);
        if (creation.Problem($"record {record}", Racer(created)) is { } problem)
            return problem;

        await TryAsync(states, key, Racers, etag: null);
        if (Racer(await states.ReadAsync(key)) != Racer(created))
            return $"record {record} was overwritten by a creator that came later; expected it to be refused";

        RaceResult change = await RaceResult.RunAsync(Racers, racer => TryAsync(states, key, racer, created.ETag));
        StoredState changed = await states.ReadAsync(key);
        if (change.Problem($"the change of record {record}", Racer(changed)) is { } other)
            return other;

        await TryAsync(states, key, Racers, created.ETag);
        return Racer(await states.ReadAsync(key)) != Racer(changed)
            ? $"record {record} was changed by one that named an older version; expected it to be refused"
            : null;
    }

    /// <summary>A change that may be refused. A racer that fails for another reason is no winner either.</summary>
    private static async Task<(PutOutcome Outcome, string? Reason)> TryAsync(ProviderStates states, GrainId key, int racer, string? etag)
    {
        try
        {
            await states.WriteAsync(key, RaceResult.Value(racer), etag);
            return (PutOutcome.Stored, null);
        }
        catch (InconsistentStateException refused)
        {
            return (PutOutcome.Occupied, refused.Message);
        }
        catch (Exception failure)
        {
            return (PutOutcome.Unknown, failure.Message);
        }
    }

    private static int? Racer(StoredState state) => RaceResult.Racer(state.Bytes);
}
