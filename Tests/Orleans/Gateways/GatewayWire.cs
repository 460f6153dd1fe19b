using System.Globalization;
using System.Text.Json;
using OrleansShards.Client.Routing;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Orleans.Gateways;

/// <summary>Operations on keys in the gateway's protocol, and what its answers mean (docs/protocol.md).</summary>
internal static class GatewayWire
{
    private static readonly KeyReply Absent = new(KeyVerdict.Absent, default);
    private static readonly KeyReply Differs = new(KeyVerdict.Differs, default);
    private static readonly KeyReply StaleSequence = new(KeyVerdict.StaleSequence, default);

    /// <summary>The type of a request.</summary>
    internal static string TypeOf(KeyVerb verb) => verb switch
    {
        KeyVerb.Read => "read",
        KeyVerb.Write => "write",
        KeyVerb.CompareAndSet => "cas",
        KeyVerb.Delete => "delete",
    };

    /// <summary>The fields of a request's body, each after a comma.</summary>
    internal static string FieldsOf(ClientRequest.OnKey request)
    {
        KeyCommand command = request.Command;
        string value = command.Verb switch
        {
            KeyVerb.Write => $",\"value\":{command.Value}",
            KeyVerb.CompareAndSet => $",\"from\":{command.Expected},\"to\":{command.Value}"
                + (command.CreateIfAbsent ? ",\"create_if_not_exists\":true" : ""),
            KeyVerb.Read or KeyVerb.Delete => "",
        };
        string session = request.Session.Kind == SessionKind.Client
            ? string.Create(
                CultureInfo.InvariantCulture,
                $",\"client_id\":\"{request.Session.Client}\",\"seq\":{request.Session.Sequence}")
            : "";
        return $",\"key\":{command.Key}{value}{session}";
    }

    /// <summary>An answer's error code; null where it is no error.</summary>
    internal static int? CodeOf(JsonElement body) =>
        body.TryGetProperty("code", out JsonElement code) ? code.GetInt32() : null;

    /// <summary>What an answer says of the operation.</summary>
    /// <exception cref="InvalidOperationException">Nothing that an operation on a key may be answered.</exception>
    internal static ClientOutcome OutcomeOf(KeyVerb verb, JsonElement body) => CodeOf(body) switch
    {
        null when body.GetProperty("type").ValueEquals($"{TypeOf(verb)}_ok") => new ClientOutcome.Applied(
            new KeyReply(KeyVerdict.Done, verb == KeyVerb.Read ? JsonText.Parse(body.GetProperty("value").GetRawText()) : default)),
        0 or 13 => new ClientOutcome.Unknown(TextOf(body)),
        11 => new ClientOutcome.NotApplied(TextOf(body), null),
        20 => new ClientOutcome.Rejected(Absent),
        22 when TextOf(body).Contains("\"seq\"", StringComparison.Ordinal) => new ClientOutcome.Rejected(StaleSequence),
        22 when verb == KeyVerb.CompareAndSet => new ClientOutcome.Rejected(Differs),
        _ => throw new InvalidOperationException($"{TypeOf(verb)} is answered by {body}"),
    };

    private static string TextOf(JsonElement body) => body.GetProperty("text").GetString() ?? "";
}
