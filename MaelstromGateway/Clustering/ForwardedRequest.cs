using OrleansShards.Core.Bytes;
using OrleansShards.Core.Shards;

namespace OrleansShards.MaelstromGateway.Clustering;

/// <summary>A request on its way to the founder.</summary>
/// <param name="Id">The sender's number for it: the reply carries it back.</param>
/// <param name="Destination">The node that was asked.</param>
/// <param name="Session">The sender's own session for it, kind <see cref="SessionKind.Router"/>, or none.</param>
/// <param name="MayHaveRun">Whether an earlier founder may have carried it out.</param>
/// <param name="DeadlineMs">How long it may still take.</param>
/// <param name="Body">The request's body as it came.</param>
internal sealed record ForwardedRequest(
    long Id, string Destination, SessionTag Session, bool MayHaveRun, int DeadlineMs, ReadOnlyMemory<byte> Body)
{
    /// <summary>The frame's bytes.</summary>
    internal byte[] Encode()
    {
        ByteWriter to = new(Body.Length + 128);
        to.VarInt(Id);
        to.Text(Destination);
        to.Byte((byte)Session.Kind);
        to.Text(Session.Client ?? "");
        to.VarInt(Session.Sequence);
        to.Bool(MayHaveRun);
        to.VarInt(DeadlineMs);
        to.Bytes(Body.Span);
        return to.ToArray();
    }

    /// <summary>Reads a frame.</summary>
    /// <exception cref="CorruptDataException">It is none.</exception>
    internal static ForwardedRequest Decode(ReadOnlySpan<byte> frame)
    {
        ByteReader from = new(frame);
        long id = from.VarInt();
        string destination = from.Text();
        SessionKind kind = (SessionKind)from.Byte();
        string client = from.Text();
        SessionTag session = new(kind, client, from.VarInt());
        bool mayHaveRun = from.Bool();
        int deadlineMs = (int)from.VarInt();
        byte[] body = from.Bytes().ToArray();
        from.End();
        return new ForwardedRequest(
            id, destination, kind == SessionKind.None ? SessionTag.None : session, mayHaveRun, deadlineMs, body);
    }
}
