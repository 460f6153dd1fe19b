using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Core.Shards;

/// <summary>Operations on keys, short to write down.</summary>
internal static class Keys
{
    internal static SessionTag Client(string name, long sequence) => new(SessionKind.Client, name, sequence);

    internal static SessionTag Router(string name, long sequence) => new(SessionKind.Router, name, sequence);

    internal static KeyRequest Read(string key, SessionTag session = default) =>
        new(session, new KeyCommand(KeyVerb.Read, JsonText.Parse(key), default, default, false));

    internal static KeyRequest Write(string key, string value, SessionTag session = default) =>
        new(session, new KeyCommand(KeyVerb.Write, JsonText.Parse(key), JsonText.Parse(value), default, false));

    internal static KeyRequest Cas(
        string key, string from, string to, SessionTag session = default, bool create = false) =>
        new(session, new KeyCommand(
            KeyVerb.CompareAndSet, JsonText.Parse(key), JsonText.Parse(to), JsonText.Parse(from), create));

    internal static KeyRequest Delete(string key, SessionTag session = default) =>
        new(session, new KeyCommand(KeyVerb.Delete, JsonText.Parse(key), default, default, false));

    /// <summary>A string's JSON text of so many bytes.</summary>
    internal static JsonText Large(int bytes)
    {
        byte[] text = new byte[bytes];
        text.AsSpan().Fill((byte)'a');
        text[0] = text[^1] = (byte)'"';
        return JsonText.Trusted(text);
    }

    internal static KeyReply Done(string? value = null) =>
        new(KeyVerdict.Done, value is null ? default : JsonText.Parse(value));

    internal static KeyReply Absent { get; } = new(KeyVerdict.Absent, default);

    internal static KeyReply Stale { get; } = new(KeyVerdict.StaleSequence, default);

    internal static KeyReply Differs(string present) => new(KeyVerdict.Differs, JsonText.Parse(present));
}
