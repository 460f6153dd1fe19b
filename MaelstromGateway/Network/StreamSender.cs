namespace OrleansShards.MaelstromGateway.Network;

/// <summary>
/// The sending side of a stream: cuts what is written into segments, keeps each until it is acknowledged, and repeats it by time. A segment
/// is never cut anew, so the receiver may acknowledge one behind a gap by its place. No clock and no lock; times are milliseconds.
/// </summary>
internal sealed class StreamSender(StreamLimits limits)
{
    private readonly Queue<ReadOnlyMemory<byte>> _waiting = [];
    private readonly List<SentSegment> _sent = [];
    private readonly RoundTripTime _roundTrip = new(limits);
    private int _taken;
    private int _waitingBytes;
    private int _sentBytes;
    private long _at;
    private long _allowed;
    private bool _isEnding;
    private bool _isEndSent;

    /// <summary>How many bytes more may be written now.</summary>
    internal int Room => Math.Max(0, limits.SendBytesMax - _waitingBytes - _sentBytes);

    /// <summary>Whether all that was written, and the end, has been acknowledged.</summary>
    internal bool IsDone => _isEndSent && _sent.Count == 0;

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || _isEnding)
            return;

        _waiting.Enqueue(bytes.ToArray());
        _waitingBytes += bytes.Length;
    }

    /// <summary>Nothing more is written.</summary>
    internal void End() => _isEnding = true;

    /// <summary>The peer has everything before <paramref name="next"/> and the segments at <paramref name="held"/>.</summary>
    internal void OnAcknowledged(long next, IReadOnlyList<long> held, int room, long now)
    {
        if (next > _at)
            return;

        _allowed = Math.Max(_allowed, next + room);
        for (int i = _sent.Count - 1; i >= 0; i--)
        {
            SentSegment segment = _sent[i];
            if (segment.After > next && !held.Contains(segment.At))
                continue;

            if (segment.Times == 1)
                _roundTrip.Add(now - segment.SentAt);

            _sentBytes -= segment.Data.Length;
            _sent.RemoveAt(i);
        }
    }

    /// <summary>
    /// The next segment to send now, a repetition or a new one; null if there is none. To a peer that is silent only the oldest segment
    /// is repeated: when that one arrives, the peer is no longer silent.
    /// </summary>
    internal SentSegment? Take(long now, bool isSilent)
    {
        SentSegment? due = Repeatable(isSilent).FirstOrDefault(segment => segment.DueAt <= now) ?? Cut();
        if (due is not null)
        {
            due.Times++;
            due.SentAt = now;
            due.DueAt = now + _roundTrip.Timeout(due.Times);
        }

        return due;
    }

    /// <summary>When <see cref="Take"/> may have something, unless something happens before.</summary>
    internal long NextAt(bool isSilent) =>
        CutLength() > 0 || MayEnd() ? 0 : Repeatable(isSilent).Select(static segment => segment.DueAt).DefaultIfEmpty(long.MaxValue).Min();

    private IEnumerable<SentSegment> Repeatable(bool isSilent) => isSilent ? _sent.Take(1) : _sent;

    private bool MayEnd() => _isEnding && !_isEndSent && _waitingBytes == 0;

    private int CutLength() => _sent.Count >= limits.SegmentsMax
        ? 0
        : (int)Math.Min(Math.Min(limits.SegmentBytesMax, _waitingBytes), Math.Max(0, _allowed - _at));

    private SentSegment? Cut()
    {
        int length = CutLength();
        if (length == 0 && !MayEnd())
            return null;

        SentSegment cut = new(_at, Dequeue(length), isEnd: length == 0);
        _isEndSent |= cut.IsEnd;
        _at = cut.After;
        _sentBytes += length;
        _sent.Add(cut);
        return cut;
    }

    private byte[] Dequeue(int length)
    {
        byte[] bytes = new byte[length];
        for (int done = 0; done < length;)
        {
            ReadOnlySpan<byte> first = _waiting.Peek().Span[_taken..];
            int part = Math.Min(first.Length, length - done);
            first[..part].CopyTo(bytes.AsSpan(done));
            done += part;
            _taken += part;
            if (part == first.Length)
            {
                _waiting.Dequeue();
                _taken = 0;
            }
        }

        _waitingBytes -= length;
        return bytes;
    }
}

/// <summary>A segment that is sent and not acknowledged.</summary>
internal sealed class SentSegment(long at, byte[] data, bool isEnd)
{
    internal long At => at;
    internal byte[] Data => data;
    internal bool IsEnd => isEnd;

    /// <summary>The place behind it.</summary>
    internal long After => at + data.Length + (isEnd ? 1 : 0);

    internal int Times { get; set; }
    internal long SentAt { get; set; }
    internal long DueAt { get; set; }
}

/// <summary>When a segment without acknowledgement is repeated, from the measured round trips, as TCP does it (RFC 6298).</summary>
internal sealed class RoundTripTime(StreamLimits limits)
{
    private double _mean = -1;
    private double _deviation;

    /// <summary>A segment that was sent once was acknowledged after so long. One that was repeated says nothing (Karn).</summary>
    internal void Add(long milliseconds)
    {
        if (_mean < 0)
        {
            (_mean, _deviation) = (milliseconds, milliseconds / 2.0);
            return;
        }

        _deviation += (Math.Abs(milliseconds - _mean) - _deviation) / 4;
        _mean += (milliseconds - _mean) / 8;
    }

    /// <summary>The time-out of a segment that has been sent so many times.</summary>
    internal int Timeout(int times)
    {
        double first = _mean < 0 ? limits.FirstTimeoutMs : _mean + (4 * _deviation) + limits.AcknowledgeAfterMs;
        double doubled = Math.Max(first, limits.TimeoutMsMin) * Math.Pow(2, Math.Min(times - 1, 20));
        return (int)Math.Min(doubled, limits.TimeoutMsMax);
    }
}
