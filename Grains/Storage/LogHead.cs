using OrleansShards.Core.Bytes;

namespace OrleansShards.Grains.Storage;

/// <summary>The metadata of a log beside its records and chunks, in one state, so that it changes atomically.</summary>
/// <remarks>
/// A publisher recognizes its own publication by a random number. Up to <see cref="DroppedUpTo"/> only the records in
/// <see cref="Kept"/> (in rising order) can exist; up to <see cref="ClearedUpTo"/> the others are cleared, and after a crash it may
/// lag behind. <see cref="Checkpoints"/> are those with chunks that are not deleted yet.
/// </remarks>
internal sealed record LogHead(
    CheckpointId Checkpoint, ulong Publication, byte[]? Manifest, ulong DroppedUpTo, ulong ClearedUpTo,
    IReadOnlyList<ulong> Kept, IReadOnlyList<CheckpointId> Checkpoints)
{
    private const byte Format = 1;

    private static readonly LogHead Empty = new(default, 0, null, 0, 0, [], []);

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

    /// <exception cref="LogStoreException">It is damaged, or of another format.</exception>
    internal static LogHead Decode(byte[]? bytes, string what) => bytes is null ? Empty : StateCodec.Open(bytes, Format, what, Read);

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
