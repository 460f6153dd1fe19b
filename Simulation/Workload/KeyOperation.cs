using OrleansShards.Core.Json;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Workload;

/// <summary>One operation on a key, as a client makes it: perhaps several times, in one session and number.</summary>
/// <param name="Command">What is asked.</param>
/// <param name="Session">The client's session; none where it has none.</param>
/// <param name="Index">Its place in the history.</param>
internal sealed record KeyOperation(KeyCommand Command, SessionTag Session, int Index)
{
    /// <summary>Whether some attempt may have been carried out.</summary>
    internal bool IsDoubtful { get; set; }

    internal int Attempts { get; set; }

    internal bool HasSession => Session.Kind != SessionKind.None;

    internal ClientRequest Request => new ClientRequest.OnKey(Command, null, Session);

    internal static KeyCommand Read(string key) => new(KeyVerb.Read, Text(key), default, default, false);

    internal static KeyCommand Write(string key, string value) => new(KeyVerb.Write, Text(key), JsonText.Parse(value), default, false);

    internal static KeyCommand Delete(string key) => new(KeyVerb.Delete, Text(key), default, default, false);

    internal static KeyCommand CompareAndSet(string key, string expected, string value, bool createIfAbsent) =>
        new(KeyVerb.CompareAndSet, Text(key), JsonText.Parse(value), JsonText.Parse(expected), createIfAbsent);

    internal static KeyAction ActionOf(KeyVerb verb) => verb switch
    {
        KeyVerb.Read => KeyAction.Read,
        KeyVerb.Write => KeyAction.Write,
        KeyVerb.CompareAndSet => KeyAction.CompareAndSet,
        KeyVerb.Delete => KeyAction.Delete,
    };

    private static JsonText Text(string key) => JsonText.Parse($"\"{key}\"");
}
