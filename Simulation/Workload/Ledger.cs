using OrleansShards.Core.Json;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Workload;

/// <summary>What the clients of a run have seen.</summary>
internal sealed class Ledger
{
    private long _values;

    internal HistoryBuilder History { get; } = new();

    /// <summary>How many operations had an outcome.</summary>
    internal long Ended { get; set; }

    /// <summary>How many were refused for certain.</summary>
    internal long Refused { get; set; }

    /// <summary>How many remain open: their outcome is not known.</summary>
    internal long Open { get; set; }

    /// <summary>How many had an outcome only after the client had repeated them.</summary>
    internal long Repeated { get; set; }

    /// <summary>A value that nobody has written before.</summary>
    internal string NextValue() => (++_values).ToString(CultureInfo.InvariantCulture);

    /// <summary>Records in the history that a process begins an operation.</summary>
    internal KeyOperation Invoke(int process, string key, KeyCommand command, SessionTag session, long at)
    {
        int index = History.Invoke(
            process,
            key,
            KeyOperation.ActionOf(command.Verb),
            KeyOperation.TextOf(command.Value),
            KeyOperation.TextOf(command.Expected),
            command.CreateIfAbsent,
            at);
        return new KeyOperation(key, command, session, index);
    }
}

/// <summary>One operation of a client on a key. All its attempts have the same session and sequence number.</summary>
/// <param name="Key">The key.</param>
/// <param name="Command">What is asked.</param>
/// <param name="Session">The client's session, if it has one.</param>
/// <param name="Index">Its index in the history.</param>
internal sealed record KeyOperation(string Key, KeyCommand Command, SessionTag Session, int Index)
{
    /// <summary>Whether some attempt may have been carried out.</summary>
    internal bool IsDoubtful { get; set; }

    internal int Attempts { get; set; }

    internal bool HasSession => Session.Kind != SessionKind.None;

    internal bool IsRead => Command.Verb == KeyVerb.Read;

    internal ClientRequest Request => new ClientRequest.OnKey(Command, null, Session);

    internal static KeyCommand Read(string key) => new(KeyVerb.Read, Json(key), default, default, false);

    internal static KeyCommand Write(string key, string value) => new(KeyVerb.Write, Json(key), JsonText.Parse(value), default, false);

    internal static KeyCommand Delete(string key) => new(KeyVerb.Delete, Json(key), default, default, false);

    internal static KeyCommand CompareAndSet(string key, string expected, string value, bool createIfAbsent) =>
        new(KeyVerb.CompareAndSet, Json(key), JsonText.Parse(value), JsonText.Parse(expected), createIfAbsent);

    internal static KeyAction ActionOf(KeyVerb verb) => verb switch
    {
        KeyVerb.Read => KeyAction.Read,
        KeyVerb.Write => KeyAction.Write,
        KeyVerb.CompareAndSet => KeyAction.CompareAndSet,
        KeyVerb.Delete => KeyAction.Delete,
    };

    /// <summary>A value as the history has it: null if there is none.</summary>
    internal static string? TextOf(JsonText value) => value.Span.IsEmpty ? null : value.ToString();

    private static JsonText Json(string key) => JsonText.Parse($"\"{key}\"");
}

/// <summary>What clients do with a key; the first letter of its name says it.</summary>
internal enum KeyKind
{
    /// <summary>Read, written, compared and set, perhaps deleted.</summary>
    Register,

    /// <summary>Incremented with compare-and-set.</summary>
    Counter,

    /// <summary>A list to which elements are appended with compare-and-set.</summary>
    List,
}
