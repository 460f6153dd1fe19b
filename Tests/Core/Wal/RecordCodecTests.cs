using System.Text;
using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

public sealed class RecordCodecTests
{
    private static readonly WriterId Writer = new("g/7", new Incarnation(0x1122334455667788));

    private static readonly LogCursor Before = new(new LogIndex(4), new Term(3), 0xDEADBEEF, 10);

    /// <summary>What is on disks: a change here needs a new format number.</summary>
    [Fact]
    public void Encode_OrdinaryRecord_HasTheGoldenBytes()
    {
        (byte[] bytes, LogCursor after) = Ordinary();

        Assert.Equal(
            "02" + "01" + "0300000000000000" + "0500000000000000" + "0A00000000000000" + "EFBEADDE" + "8877665544332211" +
            "03672F37" + "01" + "0807060504030201" + "02" + "026869" + "00" + "4930184A",
            Convert.ToHexString(bytes));
        Assert.Equal(new LogCursor(new LogIndex(5), new Term(3), BitConverter.ToUInt32(bytes.AsSpan()[^4..]), 12), after);
    }

    [Fact]
    public void Encode_OpeningRecord_HasTheGoldenBytes()
    {
        (byte[] bytes, _) = RecordCodec.Encode(LogCursor.Start, RecordKind.TermStart, new Term(1), Writer, null, []);

        Assert.Equal(
            "02" + "02" + "0100000000000000" + "0100000000000000" + "0000000000000000" + "00000000" + "8877665544332211" +
            "03672F37" + "00" + "0000000000000000" + "00" + "D9463608",
            Convert.ToHexString(bytes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(300)]
    public void CountEntries_OfARecord_IsWhatWasEncoded(int count)
    {
        ReadOnlyMemory<byte>[] entries = [.. Enumerable.Range(0, count).Select(static i => new byte[i % 5])];
        (byte[] bytes, _) = RecordCodec.Encode(Before, RecordKind.Ordinary, new Term(3), Writer, 7, entries);

        Assert.Equal(count, RecordCodec.CountEntries(bytes));
        Assert.Throws<CorruptDataException>(() => RecordCodec.CountEntries(bytes.AsSpan(0, 30)));
    }

    [Fact]
    public void Decode_WhatEncodeWrote_IsTheSame()
    {
        (byte[] bytes, LogCursor after) = Ordinary();

        LogRecord record = Decode(bytes);

        Assert.Equal((RecordKind.Ordinary, Writer, 0x0102030405060708ul), (record.Kind, record.Writer, record.Digest));
        Assert.Equal(["hi", ""], record.Entries.Select(entry => Encoding.UTF8.GetString(entry.Span)));
        Assert.Equal((Before, after), (record.Before, record.After));
    }

    [Fact]
    public void Decode_AnyBitFlipped_IsCorruptAndNamesTheRecord()
    {
        byte[] bytes = Ordinary().Bytes;
        Assert.All(Damage.Flips(bytes), damaged =>
        {
            CorruptDataException damage = Assert.Throws<CorruptDataException>(() => Decode(damaged));
            Assert.StartsWith("record 5: ", damage.Message, StringComparison.Ordinal);
            Assert.Contains("was expected", damage.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Decode_CutShortOrExtended_IsCorrupt()
    {
        byte[] bytes = Ordinary().Bytes;
        Assert.All(Damage.Lengths(bytes), damaged => Assert.Throws<CorruptDataException>(() => Decode(damaged)));
    }

    /// <summary>Each field for itself, under a checksum that is right: what a defective writer could put.</summary>
    [Theory]
    [InlineData("format 9, where 2 was expected", 9, 1, 3, 5, 10, 0xDEADBEEF, "g/7")]
    [InlineData("format 1, where 2 was expected: an earlier release wrote this log", 1, 1, 3, 5, 10, 0xDEADBEEF, "g/7")]
    [InlineData("kind 3 is not known", 2, 3, 3, 5, 10, 0xDEADBEEF, "g/7")]
    [InlineData("index 6, where 5 was expected", 2, 1, 3, 6, 10, 0xDEADBEEF, "g/7")]
    [InlineData("entries before 11, where 10 was expected", 2, 1, 3, 5, 11, 0xDEADBEEF, "g/7")]
    [InlineData("chain before 1, where 3735928559 was expected", 2, 1, 3, 5, 10, 1u, "g/7")]
    [InlineData("Ordinary of g/7@1122334455667788 in term 2 cannot follow term 3", 2, 1, 2, 5, 10, 0xDEADBEEF, "g/7")]
    [InlineData("Ordinary of g/7@1122334455667788 in term 4 cannot follow term 3", 2, 1, 4, 5, 10, 0xDEADBEEF, "g/7")]
    [InlineData("Ordinary of g/8@1122334455667788 in term 3 cannot follow term 3", 2, 1, 3, 5, 10, 0xDEADBEEF, "g/8")]
    [InlineData("TermStart of g/7@1122334455667788 in term 3 cannot follow term 3", 2, 2, 3, 5, 10, 0xDEADBEEF, "g/7")]
    public void Decode_WellFormedButWrong_SaysWhatIsWrong(
        string expected, byte format, byte kind, ulong term, ulong index, ulong entries, uint chain, string node)
    {
        RecordBytes wrong = new()
        {
            Format = format,
            Kind = (RecordKind)kind,
            Term = term,
            Index = index,
            EntriesBefore = entries,
            ChainBefore = chain,
            Writer = Writer with { Node = node },
        };

        string found = Assert.Throws<CorruptDataException>(() => Decode(wrong.Write(Before.Chain))).Message;

        Assert.Contains(expected, found, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_AnotherRunOfTheSameNode_IsNotTheTermsWriter()
    {
        RecordBytes other = Fitting() with { Writer = Writer with { Incarnation = new Incarnation(1) } };
        string text = Assert.Throws<CorruptDataException>(() => Decode(other.Write())).Message;
        Assert.Contains("cannot follow", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_SurplusOrNonsenseUnderARightChecksum_IsCorrupt()
    {
        string surplus = Assert.Throws<CorruptDataException>(() => Decode(Fitting().Write(surplus: [1]))).Message;
        Assert.Contains("left over", surplus, StringComparison.Ordinal);
        string flag = Assert.Throws<CorruptDataException>(() => Decode(Fitting().Write(hasDigest: 2))).Message;
        Assert.Contains("0 or 1", flag, StringComparison.Ordinal);
    }

    /// <summary>The same record after another one: intact, and yet not this log's.</summary>
    [Fact]
    public void Decode_RecordOfAnotherHistory_IsCorrupt()
    {
        byte[] bytes = RecordCodec.Encode(Before with { Chain = 1 }, RecordKind.Ordinary, new Term(3), Writer, null, []).Bytes;
        Assert.Contains("checksum", Assert.Throws<CorruptDataException>(() => Decode(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_NoOpenerYet_TakesOnlyAnOpeningRecord()
    {
        byte[] bytes = RecordCodec.Encode(LogCursor.Start, RecordKind.Ordinary, Term.None, Writer, null, []).Bytes;
        Assert.Throws<CorruptDataException>(() => RecordCodec.Decode(LogCursor.Start, null, new StoredRecord(new LogIndex(1), bytes)));
    }

    [Fact]
    public void RecordBytes_ReadOfARecord_WritesTheSame()
    {
        byte[] bytes = Ordinary().Bytes;
        Assert.Equal(bytes, RecordBytes.Read(bytes).Write());
    }

    private static (byte[] Bytes, LogCursor After) Ordinary() => RecordCodec.Encode(
        Before, RecordKind.Ordinary, new Term(3), Writer, 0x0102030405060708, ["hi"u8.ToArray(), ReadOnlyMemory<byte>.Empty]);

    private static RecordBytes Fitting() =>
        new() { Term = 3, Index = 5, EntriesBefore = 10, ChainBefore = Before.Chain, Writer = Writer };

    private static LogRecord Decode(byte[] bytes) => RecordCodec.Decode(Before, Writer, new StoredRecord(new LogIndex(5), bytes));
}
