using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

// Operations on keys.
public sealed partial class ShardState
{
    /// <summary>A key's present value, or <see cref="KeyVerdict.Absent"/>.</summary>
    public KeyReply Read(JsonText key) => _data.TryGet(KeyText.From(key), out KeyItem item)
        ? new KeyReply(KeyVerdict.Done, item.ValueToKeep)
        : KeyReplies.Absent;

    /// <summary>
    /// The recorded answer to a request; <see cref="KeyVerdict.StaleSequence"/> where the session has used a higher number, or
    /// this number for another kind of request; null where the request is new. Correct in every phase that still has the
    /// table: a recorded answer never changes.
    /// </summary>
    /// <param name="session">The request's session.</param>
    /// <param name="verb">The request's kind; null for any.</param>
    public KeyReply? Recorded(SessionTag session, KeyVerb? verb = null) => TableOf(session.Kind) is { } table
        && table.Find(SessionName.Of(session.Client)) is { } known
            ? Repeated(known, session.Sequence, verb)
            : null;

    // A number that is used for two different requests is the client's mistake; "done" would be false for one of them.
    private static KeyReply? Repeated(SessionEntry known, long sequence, KeyVerb? verb) =>
        sequence > known.Sequence ? null
        : sequence == known.Sequence && (verb is null || KeyReplies.Answers(known.Reply, verb.Value)) ? known.ToReply()
        : KeyReplies.StaleSequence;

    private SessionTable? TableOf(SessionKind kind) => kind switch
    {
        SessionKind.None => null,
        SessionKind.Client => _clients,
        SessionKind.Router => _routers,
    };

    /// <summary>The bytes that a write adds to the content; negative where it replaces a longer value, 0 for what writes nothing.</summary>
    internal long GrowthBy(KeyCommand command)
    {
        if (command.Verb is not (KeyVerb.Write or KeyVerb.CompareAndSet))
            return 0;

        return _data.TryGet(KeyText.From(command.Key), out KeyItem present)
            ? (long)command.Value.Span.Length - present.Value.Span.Length
            : (long)command.Key.Span.Length + command.Value.Span.Length;
    }

    /// <summary>
    /// The bound that an entry must carry, 0 for none. Most shards never come near it, and their logs stay readable for the release before.
    /// </summary>
    internal long SessionBytesBound(SessionKind kind, long bytesMax) => TableOf(kind)?.Bytes > bytesMax / 2 ? bytesMax : 0;

    private Message Apply(in KeyEntry entry)
    {
        SessionTable? table = TableOf(entry.SessionKind);
        SessionEntry? known = table?.Find(entry.Session);
        if (known is { } last && Repeated(last, entry.Sequence, entry.Verb) is { } recorded)
        {
            if (Ownership.Phase == TransferPhase.Serving && recorded.Verdict != KeyVerdict.StaleSequence)
                table!.Touch(last);

            return recorded;
        }

        if (Ownership.Phase != TransferPhase.Serving)
        {
            // Proposed while the shard was served, and sealed or given away by an entry before this one.
            return Refusals.NotServing(Ownership);
        }

        if (entry.MeantFor != Epoch.None && entry.MeantFor != Ownership.Epoch)
        {
            // Earlier entries have sealed the shard and served it again. By now the router may have got a refusal for a
            // repetition, and have the request carried out by another group, whose copy does not know this session.
            return Refusals.Moved(_self, Ownership.Epoch);
        }

        KeyReply reply = CarryOut(entry);
        if (table is not null)
            Record(table, known, entry, reply);

        _contentDigest = null;
        if (!Ownership.IsServed)
            Ownership = Ownership with { IsServed = true };

        return reply;
    }

    // The bound comes from the log: replicas whose options differ drop the same sessions.
    private static void Record(SessionTable table, SessionEntry? known, in KeyEntry entry, KeyReply reply)
    {
        // Only a read needs the value: "differs" without it keeps the session, and with it that the request is not carried out again.
        bool dropsValue = reply.Verdict == KeyVerdict.Differs && entry.SessionBytesMax > 0
            && table.Bytes + reply.Value.Span.Length > entry.SessionBytesMax;
        JsonText value = dropsValue ? default : reply.Value;
        table.Record(entry.Session, known, entry.Sequence, KeyReplies.Record(entry.Verb, reply.Verdict), value);
        if (entry.SessionBytesMax > 0)
            table.Trim(entry.SessionBytesMax);
    }

    private KeyReply CarryOut(in KeyEntry entry)
    {
        KeyText key = KeyText.From(entry.Key);
        KeyItem? present = _data.TryGet(key, out KeyItem found) ? found : null;
        return entry.Verb switch
        {
            KeyVerb.Read => present is null ? KeyReplies.Absent : new KeyReply(KeyVerdict.Done, found.ValueToKeep),
            KeyVerb.Write => Set(key, entry, present),
            KeyVerb.CompareAndSet => CompareAndSet(key, entry, present),
            KeyVerb.Delete => Delete(present),
        };
    }

    private KeyReply Set(KeyText key, in KeyEntry entry, KeyItem? present)
    {
        _data.Set(key, entry.Key, present, entry.Value);
        return KeyReplies.Done;
    }

    private KeyReply CompareAndSet(KeyText key, in KeyEntry entry, KeyItem? present)
    {
        if (present is not { } item)
            return entry.CreateIfAbsent ? Set(key, entry, null) : KeyReplies.Absent;

        return JsonCanonical.Equal(item.Value, entry.Expected)
            ? Set(key, entry, present)
            : new KeyReply(KeyVerdict.Differs, item.ValueToKeep);
    }

    private KeyReply Delete(KeyItem? present)
    {
        if (present is not { } item)
            return KeyReplies.Absent;

        _data.Remove(item);
        return KeyReplies.Done;
    }
}
