using System.Text;
using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

/// <summary>A record's fields, read as they stand there and written as a test wants them: nothing is verified.</summary>
internal sealed record RecordBytes
{
    internal byte Format { get; init; } = 2;

    internal RecordKind Kind { get; init; } = RecordKind.Ordinary;

    internal ulong Term { get; init; }

    internal ulong Index { get; init; }

    internal ulong EntriesBefore { get; init; }

    internal uint ChainBefore { get; init; }

    internal WriterId Writer { get; init; } = new("a", new Incarnation(1));

    internal ulong? Digest { get; init; }

    internal IReadOnlyList<string> Entries { get; init; } = [];

    /// <summary>The checksum as read; writing makes a new one.</summary>
    internal uint Chain { get; init; }

    internal static RecordBytes Read(ReadOnlyMemory<byte> record)
    {
        ByteReader from = new(record.Span);
        byte format = from.Byte();
        RecordKind kind = (RecordKind)from.Byte();
        (ulong term, ulong index, ulong before) = (from.Fixed64(), from.Fixed64(), from.Fixed64());
        uint chainBefore = from.Fixed32();
        Incarnation incarnation = new(from.Fixed64());
        WriterId writer = new(from.Text(), incarnation);
        bool hasDigest = from.Bool();
        ulong digest = from.Fixed64();
        string[] entries = new string[from.Count()];
        for (int i = 0; i < entries.Length; i++)
            entries[i] = from.Text();

        return new RecordBytes
        {
            Format = format,
            Kind = kind,
            Term = term,
            Index = index,
            EntriesBefore = before,
            ChainBefore = chainBefore,
            Writer = writer,
            Digest = hasDigest ? digest : null,
            Entries = entries,
            Chain = from.Fixed32(),
        };
    }

    /// <summary>The record's bytes with a right checksum for <see cref="ChainBefore"/>, or for another.</summary>
    internal byte[] Write(uint? chainFrom = null, int hasDigest = -1, byte[]? surplus = null)
    {
        ByteWriter to = new();
        to.Byte(Format);
        to.Byte((byte)Kind);
        to.Fixed64(Term);
        to.Fixed64(Index);
        to.Fixed64(EntriesBefore);
        to.Fixed32(ChainBefore);
        to.Fixed64(Writer.Incarnation.Value);
        to.Text(Writer.Node);
        to.Byte(hasDigest >= 0 ? (byte)hasDigest : Digest.HasValue ? (byte)1 : (byte)0);
        to.Fixed64(Digest.GetValueOrDefault());
        to.VarUInt((ulong)Entries.Count);
        foreach (string entry in Entries)
            to.Bytes(Encoding.UTF8.GetBytes(entry));

        to.Raw(surplus ?? []);
        to.Fixed32(Crc32C.Append(chainFrom ?? ChainBefore, to.Written));
        return to.ToArray();
    }

    internal static byte[] Flipped(ReadOnlyMemory<byte> bytes, int position)
    {
        byte[] copy = bytes.ToArray();
        copy[position] ^= 0x20;
        return copy;
    }

    public override string ToString()
    {
        string kind = Kind == RecordKind.TermStart ? "opening" : "record";
        string digest = Digest is null || Kind == RecordKind.TermStart ? "" : ", digest";
        string entries = Entries.Count == 0 ? "" : ": " + string.Join(' ', Entries);
        return $"{kind} of {Writer.Node}, term {Term}{digest}{entries}";
    }
}
