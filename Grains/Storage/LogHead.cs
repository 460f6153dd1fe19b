using OrleansShards.Core.Bytes;

namespace OrleansShards.Grains.Storage;

/// <summary>What is kept of a log beside its records and chunks, in one state, so that it changes in one step.</summary>
/// <param name="Checkpoint">The newest published checkpoint; with index 0 where there is none.</param>
/// <param name="Publication">Drawn for each publication: tells its publisher that it was this one.</param>
/// <param name="Manifest">The checkpoint's.</param>
/// <param name="DroppedUpTo">
/// Up to this number only those in <paramref name="Kept"/> can be there: a reader that finds one absent goes on behind it.
/// </param>
/// <param name="ClearedUpTo">Up to this number the others are cleared; a crash may leave it behind the above.</param>
/// <param name="Kept">In rising order.</param>
/// <param name="Checkpoints">Those that chunks were written of and that are not deleted.</param>
internal sealed record LogHead(
    CheckpointId Checkpoint,
    ulong Publication,
    byte[]? Manifest,
    ulong DroppedUpTo,
    ulong ClearedUpTo,
    IReadOnlyList<ulong> Kept,
    IReadOnlyList<CheckpointId> Checkpoints)
{
    private const byte Format = 1;

    internal static LogHead Empty { get; } = new(default, 0, null, 0, 0, [], []);

    internal byte[] Encode()
    {
        ByteWriter to = new();
        to.Byte(Format);
        Write(to, Checkpoint);
        to.Fixed64(Publication);
        to.Bool(Manifest is not null);
        to.Bytes(Manifest);
        to.VarUInt(DroppedUpTo);
        to.VarUInt(ClearedUpTo);
        to.VarUInt((ulong)Kept.Count);
        foreach (ulong kept in Kept)
            to.VarUInt(kept);

        to.VarUInt((ulong)Checkpoints.Count);
        foreach (CheckpointId checkpoint in Checkpoints)
            Write(to, checkpoint);

        return StateCodec.Seal(to);
    }

    /// <param name="bytes">Null where the log has none yet.</param>
    /// <param name="what">For the text.</param>
    /// <exception cref="LogStoreException">It is damaged, or of another format.</exception>
    internal static LogHead Decode(byte[]? bytes, string what) =>
        bytes is null ? Empty : StateCodec.Open(bytes, Format, what, Read);

    private static LogHead Read(ref ByteReader from)
    {
        CheckpointId newest = ReadCheckpoint(ref from);
        ulong publication = from.Fixed64();
        bool hasManifest = from.Bool();
        byte[] manifest = from.Bytes().ToArray();
        (ulong dropped, ulong cleared) = (from.VarUInt(), from.VarUInt());
        ulong[] kept = new ulong[from.Count()];
        for (int i = 0; i < kept.Length; i++)
            kept[i] = from.VarUInt();

        CheckpointId[] checkpoints = new CheckpointId[from.Count()];
        for (int i = 0; i < checkpoints.Length; i++)
            checkpoints[i] = ReadCheckpoint(ref from);

        return new LogHead(newest, publication, hasManifest ? manifest : null, dropped, cleared, kept, checkpoints);
    }

    private static void Write(ByteWriter to, CheckpointId checkpoint)
    {
        to.VarUInt(checkpoint.Index.Value);
        to.VarUInt(checkpoint.Term.Value);
    }

    private static CheckpointId ReadCheckpoint(ref ByteReader from) => new(new LogIndex(from.VarUInt()), new Term(from.VarUInt()));
}
