using OrleansShards.Core.Bytes;
using OrleansShards.Storage;

namespace OrleansShards.Grains.Storage;

/// <summary>A grain's state as it is kept in a log store.</summary>
/// <param name="Version">Rises by one with every write and every clearing; its text is the ETag.</param>
/// <param name="Write">Drawn for each write: tells a writer whose answer was lost whether it was its own.</param>
/// <param name="Payload">The serialized state; null where it was cleared.</param>
internal sealed record StateEnvelope(ulong Version, Guid Write, byte[]? Payload)
{
    private const byte Format = 1;

    internal byte[] Encode()
    {
        ByteWriter to = new((Payload?.Length ?? 0) + 64);
        to.Byte(Format);
        to.Fixed64(Version);
        to.Raw(Write.ToByteArray());
        to.Bool(Payload is not null);
        to.Bytes(Payload);
        return StateCodec.Seal(to);
    }

    /// <exception cref="LogStoreException">It is damaged, or of another format.</exception>
    internal static StateEnvelope Decode(ReadOnlyMemory<byte> bytes, string what) =>
        StateCodec.Open(bytes.Span, Format, what, Read);

    private static StateEnvelope Read(ref ByteReader from)
    {
        ulong version = from.Fixed64();
        Span<byte> write = stackalloc byte[16];
        for (int i = 0; i < write.Length; i++)
        {
            write[i] = from.Byte();
        }

        bool isThere = from.Bool();
        byte[] payload = from.Bytes().ToArray();
        return new StateEnvelope(version, new Guid(write), isThere ? payload : null);
    }
}
