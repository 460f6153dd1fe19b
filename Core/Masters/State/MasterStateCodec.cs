using System.Buffers.Binary;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Json;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>
/// The canonical bytes of a <see cref="MasterState"/>: equal states have equal bytes, so their digest is the state's. A
/// length precedes them, so that a reader knows when all chunks of a checkpoint are there. A state without times has the bytes, and
/// so the digest, that the releases before gave it; so has one whose groups are those of its creation, one that was never restored, and
/// one that keeps neither replaced pins nor the times of aborted moves.
/// </summary>
internal static class MasterStateCodec
{
    private const byte Format = 2;
    private const byte FormatWithTimes = 3;
    private const byte FormatWithGroups = 4;
    private const byte FormatWithRestore = 5;
    private const byte FormatWithTraces = 6;

    internal static byte[] Encode(MasterState state)
    {
        ByteWriter body = new(1024);
        bool hasTraces = state.Map.ReplacedPins.Count > 0 || state.Moves.HasAbortTimes;
        bool hasRestore = hasTraces || state.NewestRestore.Phase != RestorePhase.None;
        bool hasGroups = hasRestore || !state.Groups.SequenceEqual(state.Definition?.Groups ?? []);
        bool hasTimes = hasGroups || state.Takeovers.Any(static taken => taken.At is not null) || state.Moves.HasTimes;
        body.Byte(hasTraces ? FormatWithTraces
            : hasRestore ? FormatWithRestore
            : hasGroups ? FormatWithGroups
            : hasTimes ? FormatWithTimes
            : Format);
        body.Bool(state.Definition is not null);
        if (state.Definition is { } definition)
            MasterEntryCodec.Write(body, definition);

        if (hasGroups)
            MasterEntryCodec.Write(body, state.Groups);

        state.Map.Write(body);
        body.Items(state.Takeovers, MasterEntryCodec.Write);
        body.Bool(state.Switchover is not null);
        if (state.Switchover is { } switchover)
        {
            body.Text(switchover.To.Value);
            body.VarUInt(switchover.At.Value);
            body.VarUInt(switchover.Term.Value);
        }

        state.Map.WriteMembers(body);
        state.Moves.Write(body);
        if (hasTimes)
        {
            foreach (TakeoverRecord taken in state.Takeovers)
                MasterEntryCodec.Write(body, taken.At);

            state.Moves.WriteTimes(body);
        }

        if (hasRestore)
            MasterEntryCodec.Write(body, state.NewestRestore);

        if (hasTraces)
        {
            ShardMap.WritePins(body, state.Map.ReplacedPins);
            state.Moves.WriteAbortTimes(body);
        }

        ByteWriter whole = new(body.Length + sizeof(uint));
        whole.Fixed32((uint)body.Length);
        whole.Raw(body.Written);
        return whole.ToArray();
    }

    internal static bool IsWhole(ReadOnlySpan<byte> soFar) =>
        soFar.Length >= sizeof(uint)
        && (uint)(soFar.Length - sizeof(uint)) >= BinaryPrimitives.ReadUInt32LittleEndian(soFar);

    internal static void Decode(ref ByteReader from, MasterState state)
    {
        from.Fixed32();
        byte format = from.Byte();
        if (format is < Format or > FormatWithTraces)
        {
            throw new CorruptDataException(
                $"the masters' checkpoint has format {format}, this version reads {Format} to {FormatWithTraces}");
        }

        ClusterDefinition? definition = from.Bool() ? MasterEntryCodec.ReadDefinition(ref from) : null;
        state.Map.Read(ref from, format >= FormatWithGroups ? MasterEntryCodec.ReadGroups(ref from) : definition?.Groups ?? []);
        TakeoverRecord[] takeovers = from.Items(MasterEntryCodec.ReadTakeover);
        PendingSwitchover? switchover = from.Bool()
            ? new(new MasterName(from.Text()), new LogIndex(from.VarUInt()), new Term(from.VarUInt()))
            : null;
        state.Map.ReadMembers(ref from);
        state.Moves.Read(ref from);
        if (format != Format)
        {
            for (int i = 0; i < takeovers.Length; i++)
                takeovers[i] = takeovers[i] with { At = MasterEntryCodec.ReadOptionalTime(ref from) };

            state.Moves.ReadTimes(ref from);
        }

        RestoreStatus restore = format >= FormatWithRestore ? MasterEntryCodec.ReadRestore(ref from) : RestoreStatus.None;
        if (format >= FormatWithTraces)
        {
            ShardMap.ReadPins(ref from, state.Map.ReplacedPins);
            state.Moves.ReadAbortTimes(ref from);
        }

        from.End();
        state.Set(definition, takeovers, switchover, restore);
    }

    /// <summary>XXH64 over the canonical bytes. Logged and compared by replicas of any version: it may never change.</summary>
    internal static ulong Digest(MasterState state) => StableHash.Of(Encode(state));
}

/// <summary>The encoded state, in chunks. It is small, so that <see cref="MasterState.Freeze"/> encodes it whole.</summary>
internal sealed class MasterCheckpoint(byte[] state) : ICheckpointSource
{
    private int _written;

    public bool WriteNext(ByteWriter chunk, int bytesTarget)
    {
        int count = Math.Min(Math.Max(bytesTarget, 1), state.Length - _written);
        chunk.Raw(state.AsSpan(_written, count));
        _written += count;
        return _written < state.Length;
    }

    public void Dispose() { }
}
