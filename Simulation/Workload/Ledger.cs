using OrleansShards.Core.Json;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Workload;

/// <summary>What the clients of a run have seen.</summary>
internal sealed class Ledger
{
    private long _values;

    internal HistoryBuilder History { get; } = new();

    /// <summary>A value that nobody has written before.</summary>
    internal string NextValue() => (++_values).ToString(CultureInfo.InvariantCulture);

    /// <summary>Records in the history that a process begins an operation.</summary>
    internal KeyOperation Invoke(int process, string key, KeyCommand command, SessionTag session, long at)
    {
        (string? value, string? expected) = (KeyOperation.TextOf(command.Value), KeyOperation.TextOf(command.Expected));
        int index = History.Invoke(process, key, command.Verb, value, expected, command.CreateIfAbsent, at);
        return new KeyOperation(key, command, session, index);
    }
}

/// <summary>A client's operation on a key, and its index in the history. All its attempts have one session and sequence number.</summary>
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

    /// <summary>A value as the history has it: null if there is none.</summary>
    internal static string? TextOf(JsonText value) => value.Span.IsEmpty ? null : value.ToString();

    private static JsonText Json(string key) => JsonText.Parse($"\"{key}\"");
}

/// <summary>What clients do with a key; the first letter of its name says it.</summary>
internal enum KeyKind
{
    Register, // read, written, compared and set, perhaps deleted
    Counter, // incremented with compare-and-set
    List, // elements are appended with compare-and-set
}
