using System.Text;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Core.Shards;

/// <summary>
/// A shard as one would explain it: lists that are searched from end to end, keys and values that are the same told by
/// a table. Counts what it has seen, so that a test can tell whether it was trivial.
/// </summary>
internal sealed class ShardModel(int sessionsMax)
{
    /// <summary>Spellings; those with the same number are the same JSON value.</summary>
    internal static readonly (string Text, int Same)[] KeyTexts =
        [("1", 0), ("1.0", 0), ("\"a\"", 1), ("\"\\u0061\"", 1), ("[1]", 2), ("\"b\"", 3), ("{\"k\":[]}", 4)];

    internal static readonly (string Text, int Same)[] ValueTexts =
    [
        ("1", 0), ("1.0", 0), ("10e-1", 0), ("\"x\"", 1), ("{\"a\":1,\"b\":2}", 2), ("{\"b\":2.0,\"a\":1}", 2),
        ("null", 3),
    ];

    private readonly List<(int Same, string Key, string Value)> _data = [];
    private readonly List<Session> _sessions = [];
    private int _firstUses;

    internal Dictionary<string, int> Seen { get; init; } = [];

    internal TransferPhase Phase { get; set; } = TransferPhase.None;

    internal KeyReply? Do(KeyRequest request)
    {
        Session? session = Find(request.Session);
        if (session is not null && request.Session.Sequence <= session.Sequence)
            return Repeat(session, request.Session.Sequence, request.Command.Verb);

        if (Phase != TransferPhase.Serving)
        {
            See("refused");
            return null;
        }

        KeyReply reply = CarryOut(request.Command);
        Record(request, session, reply);
        return reply;
    }

    /// <summary>One key, and one client's session whose last request was a write.</summary>
    internal void Replace(string key, string value, string client, long sequence)
    {
        Drop();
        Set(SameKey(key), key, value);
        Record(Keys.Write("0", "0", Keys.Client(client, sequence)), null, Keys.Done());
    }

    internal void Drop()
    {
        _data.Clear();
        _sessions.RemoveAll(static session => session.Kind == SessionKind.Client);
    }

    internal string Snapshot()
    {
        StringBuilder text = new("{\"data\":{");
        text.AppendJoin(',', _data.Where(IsString).Select(static item => $"{item.Key}:{item.Value}")).Append('}');
        if (!_data.TrueForAll(IsString))
        {
            IEnumerable<string> entries =
                _data.Where(static item => !IsString(item)).Select(static item => $"[{item.Key},{item.Value}]");
            text.Append(",\"entries\":[").AppendJoin(',', entries).Append(']');
        }

        Session[] clients =
            [.. _sessions.Where(static one => one.Kind == SessionKind.Client).OrderBy(static one => one.FirstUse)];
        if (clients.Length > 0)
            text.Append(",\"sessions\":{").AppendJoin(',', clients.Select(Text)).Append('}');

        return text.Append('}').ToString();
    }

    private static bool IsString((int Same, string Key, string Value) item) => item.Key[0] == '"';

    private static string Text(Session session) => $$"""
        "{{session.Name}}":{"seq":{{session.Sequence}},"reply":{{session.Wire}}}
        """;

    private static int SameKey(string text) => KeyTexts.First(key => key.Text == text).Same;

    private static int SameValue(string text) => ValueTexts.First(value => value.Text == text).Same;

    private KeyReply Repeat(Session session, long sequence, KeyVerb verb)
    {
        if (sequence == session.Sequence && !Fits(session, verb))
        {
            See("number used twice");
            return Keys.Stale;
        }

        if (sequence < session.Sequence)
        {
            See("stale");
            return Keys.Stale;
        }

        See(Phase == TransferPhase.Serving ? "repeated" : "repeated where not served");
        if (Phase == TransferPhase.Serving)
            Touch(session);

        return session.Reply;
    }

    private KeyReply CarryOut(KeyCommand command)
    {
        int same = SameKey(command.Key.ToString());
        int at = _data.FindIndex(item => item.Same == same);
        See($"{command.Verb} {(at < 0 ? "absent" : "present")}");
        return command.Verb switch
        {
            KeyVerb.Read => at < 0 ? Keys.Absent : Keys.Done(_data[at].Value),
            KeyVerb.Write => Set(same, command.Key.ToString(), command.Value.ToString()),
            KeyVerb.CompareAndSet => Cas(at, same, command),
            KeyVerb.Delete => Delete(at),
        };
    }

    private KeyReply Set(int same, string key, string value)
    {
        int at = _data.FindIndex(item => item.Same == same);
        if (at < 0)
            _data.Add((same, key, value));
        else
            _data[at] = (same, _data[at].Key, value);

        return Keys.Done();
    }

    private KeyReply Cas(int at, int same, KeyCommand command)
    {
        if (at < 0)
        {
            See(command.CreateIfAbsent ? "cas creates" : "cas finds nothing");
            return command.CreateIfAbsent ? Set(same, command.Key.ToString(), command.Value.ToString()) : Keys.Absent;
        }

        bool hits = SameValue(_data[at].Value) == SameValue(command.Expected.ToString());
        See(!hits ? "cas differs" : _data[at].Value == command.Expected.ToString() ? "cas hits" : "cas hits by value");
        return hits ? Set(same, _data[at].Key, command.Value.ToString()) : Keys.Differs(_data[at].Value);
    }

    private KeyReply Delete(int at)
    {
        if (at < 0)
            return Keys.Absent;

        _data.RemoveAt(at);
        return Keys.Done();
    }

    private static bool Fits(Session session, KeyVerb verb)
    {
        string verbs = session.Wire switch
        {
            string wire when wire.Contains("write_ok", StringComparison.Ordinal) => "Write",
            string wire when wire.Contains("read_ok", StringComparison.Ordinal) => "Read",
            string wire when wire.Contains("cas_ok", StringComparison.Ordinal) => "CompareAndSet",
            string wire when wire.Contains("delete_ok", StringComparison.Ordinal) => "Delete",
            _ => "Read Write CompareAndSet Delete",
        };
        return verbs.Contains(verb.ToString(), StringComparison.Ordinal);
    }

    private Session? Find(SessionTag tag) =>
        _sessions.Find(session => session.Kind == tag.Kind && session.Name == tag.Client);

    private void Record(KeyRequest request, Session? known, KeyReply reply)
    {
        if (request.Session.Kind == SessionKind.None)
            return;

        Session session = new(
            request.Session.Kind, request.Session.Client, request.Session.Sequence, reply,
            Wire(request.Command.Verb, reply), known?.FirstUse ?? ++_firstUses);
        _sessions.Remove(known!);
        _sessions.Add(session);
        if (_sessions.Count(other => other.Kind == session.Kind) > sessionsMax)
        {
            See("session dropped");
            _sessions.Remove(_sessions.First(other => other.Kind == session.Kind));
        }
    }

    // The list is in the order of use.
    private void Touch(Session session)
    {
        _sessions.Remove(session);
        _sessions.Add(session);
    }

    private static string Wire(KeyVerb verb, KeyReply reply) => reply.Verdict switch
    {
        KeyVerdict.Absent => """{"type":"error","code":20,"text":"key does not exist"}""",
        KeyVerdict.Differs => $$"""
            {"type":"error","code":22,"text":"the present value differs","value":{{reply.Value}}}
            """,
        _ => verb switch
        {
            KeyVerb.Read => $$"""{"type":"read_ok","value":{{reply.Value}}}""",
            KeyVerb.Write => """{"type":"write_ok"}""",
            KeyVerb.CompareAndSet => """{"type":"cas_ok"}""",
            KeyVerb.Delete => """{"type":"delete_ok"}""",
        },
    };

    private void See(string what) => Seen[what] = Seen.GetValueOrDefault(what) + 1;

    private sealed record Session(
        SessionKind Kind, string Name, long Sequence, KeyReply Reply, string Wire, int FirstUse);
}
