namespace OrleansShards.Tests.Core.Wal;

/// <summary>Everything that can happen to stored bytes at one place.</summary>
internal static class Damage
{
    /// <summary>Every bit flipped, one at a time, and every byte replaced by 0 and by 255.</summary>
    internal static IEnumerable<byte[]> Flips(byte[] bytes)
    {
        for (int at = 0; at < bytes.Length; at++)
        {
            foreach (byte value in Others(bytes[at]))
            {
                byte[] copy = [.. bytes];
                copy[at] = value;
                yield return copy;
            }
        }
    }

    /// <summary>Every length from nothing to one byte less, and one and eight bytes more.</summary>
    internal static IEnumerable<byte[]> Lengths(byte[] bytes)
    {
        for (int length = 0; length < bytes.Length; length++)
            yield return bytes[..length];

        yield return [.. bytes, 0];
        yield return [.. bytes, .. new byte[8]];
    }

    private static IEnumerable<byte> Others(byte value) =>
        Enumerable.Range(0, 8).Select(bit => (byte)(value ^ (1 << bit))).Append((byte)0).Append((byte)255)
            .Where(other => other != value).Distinct();
}
