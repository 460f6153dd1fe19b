using System.Buffers.Binary;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters.Moves;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>
/// The canonical bytes of a <see cref="MasterState"/>: equal states have equal bytes, so their digest is the state's.
/// Behind a length, so that a reader knows when all chunks of a checkpoint are there.
/// </summary>
internal static class MasterStateCodec
{
    // What a cluster without a change of members, a pin or a move has always been written as: its digests stand in the
    // records of logs out there.
    private const byte Plain = 1;
    private const byte WithMoves = 2;

    internal static byte[] Encode(MasterState state)
    {
        ByteWriter body = new(1024);
        bool isPlain = state.Map.IsPlain && state.Moves.IsEmpty;
        body.Byte(isPlain ? Plain : WithMoves);
        body.Bool(state.Definition is not null);
        if (state.Definition is { } definition)
            MasterEntryCodec.Write(body, definition);

        state.Map.Write(body, isPlain);
        body.VarUInt((ulong)state.Takeovers.Count);
        foreach (TakeoverRecord takeover in state.Takeovers)
            MasterEntryCodec.Write(body, takeover);

        body.Bool(state.Switchover is not null);
        if (state.Switchover is { } mark)
        {
            body.Text(mark.To.Value);
            body.VarUInt(mark.At.Value);
            body.VarUInt(mark.Term.Value);
        }

        if (!isPlain)
        {
            state.Map.WriteMembers(body);
            MoveStateCodec.Write(body, state.Moves);
        }

        ByteWriter whole = new(body.Length + sizeof(uint));
        whole.Fixed32((uint)body.Length);
        whole.Raw(body.Written);
        return whole.ToArray();
    }

    /// <summary>Whether all bytes of an encoded state have come in.</summary>
    internal static bool IsWhole(ReadOnlySpan<byte> soFar) =>
        soFar.Length >= sizeof(uint)
        && (uint)(soFar.Length - sizeof(uint)) >= BinaryPrimitives.ReadUInt32LittleEndian(soFar);

    internal static void Decode(ref ByteReader from, MasterState state)
    {
        from.Fixed32();
        byte format = from.Byte();
        if (format is not (Plain or WithMoves))
        {
            throw new CorruptDataException(
                $"a checkpoint of format {format}, where {Plain} or {WithMoves} was expected");
        }

        ClusterDefinition? definition = from.Bool() ? MasterEntryCodec.ReadDefinition(ref from) : null;
        state.Map.Read(ref from, definition?.Groups ?? [], format == Plain);
        List<TakeoverRecord> takeovers = [];
        for (int left = from.Count(); left > 0; left--)
            takeovers.Add(MasterEntryCodec.ReadTakeover(ref from));

        PendingSwitchover? mark = from.Bool()
            ? new(new MasterName(from.Text()), new LogIndex(from.VarUInt()), new Term(from.VarUInt()))
            : null;
        if (format == WithMoves)
        {
            state.Map.ReadMembers(ref from);
            MoveStateCodec.Read(ref from, state.Moves);
        }

        from.End();
        state.Restore(definition, takeovers, mark);
    }

    /// <summary>XXH64 over the canonical bytes. Logged and compared by replicas of any version: it may never
    /// change.</summary>
    internal static ulong Digest(MasterState state) => StableHash.Of(Encode(state));
}

/// <summary>The masters' state as it was, in chunks. It is small: encoding it whole is the freezing.</summary>
internal sealed class MasterCheckpoint(byte[] state) : ICheckpointSource
{
    private int _written;

    /// <inheritdoc />
    public bool WriteNext(ByteWriter chunk, int bytesTarget)
    {
        int count = Math.Min(Math.Max(bytesTarget, 1), state.Length - _written);
        chunk.Raw(state.AsSpan(_written, count));
        _written += count;
        return _written < state.Length;
    }

    /// <inheritdoc />
    public void Dispose()
    {
    }
}
