using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>A session's last request and what it was answered with. Immutable: a frozen view may still show it.</summary>
internal sealed class SessionEntry
{
    internal SessionEntry(
        SessionName name, long sequence, RecordedReply reply, JsonText value, ulong firstUse, ulong lastUse)
    {
        Name = name;
        Sequence = sequence;
        Reply = reply;
        Value = value;
        FirstUse = firstUse;
        LastUse = lastUse;
        Hash = new Digest64(name.Hash)
            .With((ulong)sequence).With((ulong)reply).With(firstUse).With(lastUse).With(value.Span).Value;
    }

    /// <summary>Whose session it is.</summary>
    internal SessionName Name { get; }

    /// <summary>The last request's number.</summary>
    internal long Sequence { get; }

    /// <summary>How it ended.</summary>
    internal RecordedReply Reply { get; }

    /// <summary>What it found, where that belongs to the reply; else default.</summary>
    internal JsonText Value { get; }

    /// <summary>When the session was added: sessions are shown in this order.</summary>
    internal ulong FirstUse { get; }

    /// <summary>When it was used last: the smallest leaves first.</summary>
    internal ulong LastUse { get; }

    /// <summary>Of all of it together; what the session adds to the state's digest.</summary>
    internal ulong Hash { get; }

    /// <summary>The recorded answer, to be given again.</summary>
    internal KeyReply ToReply() => KeyReplies.Of(Reply, Value);
}
