using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

// Operations on keys.
public sealed partial class ShardState
{
    /// <summary>What a key has now; absent keys have <see cref="KeyVerdict.Absent"/>.</summary>
    public KeyReply Read(JsonText key) => _data.TryGet(KeyText.From(key), out KeyItem item)
        ? new KeyReply(KeyVerdict.Done, item.Value)
        : KeyReplies.Absent;

    /// <summary>
    /// What a session's table says to a request: the recorded answer, or that the session has gone on (to a higher
    /// number, or to another kind of request under this one); null where the request is new. Right in every phase that
    /// still has the table: an answer once recorded does not change.
    /// </summary>
    /// <param name="session">The request's session.</param>
    /// <param name="verb">The request's kind; null to ask for whatever is recorded.</param>
    public KeyReply? Recorded(SessionTag session, KeyVerb? verb = null) => TableOf(session.Kind) is { } table
        && table.Find(KeyEntry.NameOf(session)) is { } known
            ? Repeated(known, session.Sequence, verb)
            : null;

    // A number that is used twice for different things is the client's mistake; "done" would be a lie to one of them.
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

    private Message Apply(in KeyEntry entry)
    {
        SessionTable? table = TableOf(entry.SessionKind);
        SessionEntry? known = table?.Find(entry.Session);
        if (known is not null && Repeated(known, entry.Sequence, entry.Verb) is { } recorded)
        {
            if (Ownership.Phase == TransferPhase.Serving && recorded.Verdict != KeyVerdict.StaleSequence)
                table!.Touch(known);

            return recorded;
        }

        if (Ownership.Phase != TransferPhase.Serving)
        {
            // Proposed while the shard was served, and sealed or given away by an entry before this one.
            return Refusals.NotServing(Ownership);
        }

        if (entry.MeantFor != Epoch.None && entry.MeantFor != Ownership.Epoch)
        {
            // Sealed and served again by entries before this one. By now its router may have been refused a repetition,
            // and have the request carried out by another group, whose copy does not know this session.
            return Refusals.Moved(_self, Ownership.Epoch);
        }

        KeyReply reply = CarryOut(entry);
        table?.Record(
            entry.Session, known, entry.Sequence, KeyReplies.Record(entry.Verb, reply.Verdict), reply.Value);
        Served();
        return reply;
    }

    private void Served()
    {
        _contentDigest = null;
        if (!Ownership.IsServed)
            Ownership = Ownership with { IsServed = true };
    }

    private KeyReply CarryOut(in KeyEntry entry)
    {
        KeyText key = KeyText.From(entry.Key);
        KeyItem? present = _data.TryGet(key, out KeyItem found) ? found : null;
        return entry.Verb switch
        {
            KeyVerb.Read => present is null ? KeyReplies.Absent : new KeyReply(KeyVerdict.Done, present.Value),
            KeyVerb.Write => Set(key, entry, present),
            KeyVerb.CompareAndSet => CompareAndSet(key, entry, present),
            KeyVerb.Delete => Delete(key, present),
        };
    }

    private KeyReply Set(KeyText key, in KeyEntry entry, KeyItem? present)
    {
        _data.Set(key, entry.Key, present, entry.Value);
        return KeyReplies.Done;
    }

    private KeyReply CompareAndSet(KeyText key, in KeyEntry entry, KeyItem? present)
    {
        if (present is null)
            return entry.CreateIfAbsent ? Set(key, entry, null) : KeyReplies.Absent;

        return JsonCanonical.Equal(present.Value, entry.Expected)
            ? Set(key, entry, present)
            : new KeyReply(KeyVerdict.Differs, present.Value);
    }

    private KeyReply Delete(KeyText key, KeyItem? present)
    {
        if (present is null)
            return KeyReplies.Absent;

        _data.Remove(key, present);
        return KeyReplies.Done;
    }
}
