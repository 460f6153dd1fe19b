using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace OrleansShards.Storage.Sqlite;

/// <summary>Distinguishes a WAL torn by a crash from a damaged one.</summary>
/// <remarks>
/// <para>SQLite reads a WAL up to the first frame whose checksum is wrong and takes that for its end. After a crash
/// this is right: what follows was never acknowledged. But if the disk has damaged an earlier frame, SQLite silently
/// loses every acknowledged record behind it.</para>
/// <para>What follows distinguishes the two. Each commit is flushed before the next one is written, so a crash can tear only the last
/// transaction. If a frame is wrong and is followed by the end of a transaction and then by frames of another one, of the same
/// generation, then the first was flushed once and is damaged now. (Generations do not mix: the WAL is emptied when a file is opened and
/// after a failed commit.) Damage to the last transaction cannot be distinguished from a tear, nor can a truncated WAL, nor can damage
/// that hides the header of the frame with which the transaction before the last one ends: then both are lost.</para>
/// <para>Format: https://www.sqlite.org/fileformat.html#the_write_ahead_log.</para>
/// </remarks>
internal static class WalFile
{
    private const int HeaderBytes = 32;
    private const int FrameHeaderBytes = 24;
    private const uint MagicLittleEndianSums = 0x377f0682;

    // A frame of another generation has 32 bits of its own at random: it is not that near, and is no damaged one of this.
    private const int FlippedBitsMax = 2;

    /// <summary>Throws <see cref="LogStoreException"/> if acknowledged records are lost; changes nothing.</summary>
    internal static void Check(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1 << 20);
        var header = new byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes)
            return;

        var sums = new Sums(isBigEndian: Word(header, 0) == (MagicLittleEndianSums | 1));
        sums.Add(header.AsSpan(0, 24));
        var pageBytes = Word(header, 8);
        if ((Word(header, 0) | 1) != (MagicLittleEndianSums | 1) || !sums.AreAt(header, 24) || pageBytes is < 512 or > 65536)
            throw Damaged(path, "its header is wrong");

        CheckFrames(file, path, header.AsSpan(16, 8), new byte[FrameHeaderBytes + pageBytes], sums);
    }

    private static void CheckFrames(FileStream file, string path, ReadOnlySpan<byte> salts, byte[] frame, Sums sums)
    {
        var (firstWrong, transactionEnded) = (0, false);
        for (var number = 1; file.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length; number++)
        {
            var otherBits = BitOperations.PopCount(BitConverter.ToUInt64(frame, 8) ^ BitConverter.ToUInt64(salts));
            var isOfThisGeneration = otherBits <= FlippedBitsMax;
            if (firstWrong == 0)
            {
                sums.Add(frame.AsSpan(0, 8));
                sums.Add(frame.AsSpan(FrameHeaderBytes));
                firstWrong = otherBits == 0 && sums.AreAt(frame, 16) ? 0 : number;
            }

            if (firstWrong != 0 && isOfThisGeneration)
            {
                if (transactionEnded)
                    throw Damaged(path, $"frame {firstWrong} is wrong, and later transactions follow at frame {number}");

                // Only a transaction's last frame has the database's size.
                transactionEnded = Word(frame, 4) != 0;
            }
        }
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);

    private static LogStoreException Damaged(string path, string what) => new(
        $"'{path}' is damaged: {what}, so that acknowledged records are lost. Nothing was changed. Restore the directory from "
        + "a copy, or keep it aside and start with an empty one if another replica has the data.");

    /// <summary>SQLite's running checksum, over pairs of words.</summary>
    private struct Sums(bool isBigEndian)
    {
        private uint _first;
        private uint _second;

        internal void Add(ReadOnlySpan<byte> bytes)
        {
            var words = MemoryMarshal.Cast<byte, uint>(bytes);
            var swap = isBigEndian == BitConverter.IsLittleEndian;
            for (var at = 0; at + 1 < words.Length; at += 2)
            {
                _first += (swap ? BinaryPrimitives.ReverseEndianness(words[at]) : words[at]) + _second;
                _second += (swap ? BinaryPrimitives.ReverseEndianness(words[at + 1]) : words[at + 1]) + _first;
            }
        }

        internal readonly bool AreAt(ReadOnlySpan<byte> bytes, int at) => Word(bytes, at) == _first && Word(bytes, at + 4) == _second;
    }
}
