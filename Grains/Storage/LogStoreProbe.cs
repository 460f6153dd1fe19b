using System.Buffers.Binary;

namespace OrleansShards.Grains.Storage;

/// <summary>As <see cref="GrainStorageProbe"/>, for a log store itself: of several who put a record one wins.</summary>
internal static class LogStoreProbe
{
    private const ulong Records = 4;
    private const int Racers = 16;

    /// <param name="store">The store.</param>
    /// <param name="log">A log that nobody else uses. What is left in it is dropped, before and after.</param>
    /// <param name="name">Of the store, for the text.</param>
    /// <exception cref="LogStoreException">It is not fit, or cannot be reached.</exception>
    internal static async Task CheckAsync(ILogStore store, LogName log, string name)
    {
        await store.DropAsync(log, new LogIndex(LogStoreArgument.IndexMax), []);
        for (ulong record = 1; record <= Records; record++)
        {
            LogIndex index = new(record);
            RaceResult race = await RaceResult.RunAsync(
                Racers, racer => store.PutAsync(log, index, Value(racer)).AsTask());
            (IReadOnlyList<StoredRecord> found, _) = await store.ReadAsync(log, index, bytesMax: 0);
            int? stored = found.Count == 0 ? null : BinaryPrimitives.ReadInt32LittleEndian(found[0].Bytes.Span);
            if (race.Problem($"record {record}", stored) is { } problem)
            {
                throw new LogStoreException(
                    $"{name} cannot keep logs: {problem}. Two writers could both believe that a record is theirs.");
            }
        }

        await store.DropAsync(log, new LogIndex(LogStoreArgument.IndexMax), []);
    }

    private static byte[] Value(int racer)
    {
        byte[] value = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(value, racer);
        return value;
    }
}
