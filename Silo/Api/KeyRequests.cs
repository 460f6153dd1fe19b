using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using OrleansShards.Client.Errors;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;

namespace OrleansShards.Silo.Api;

/// <summary>
/// Operations on keys: GET reads, PUT writes the body, POST compares and sets, DELETE removes. The key is the rest of the path, a string;
/// with <c>json=true</c> it is a JSON value. Each operation takes effect at most once, however often the router has to send it.
/// </summary>
internal sealed class KeyRequests(ClusterReader cluster)
{
    internal const string Prefix = "/api/v1/keys/";

    // As the client library has it: a silo that was killed is replaced within it.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    internal Task<IResult> GetAsync(HttpContext context) => RunAsync(context, KeyVerb.Read, default, default, false);

    internal async Task<IResult> PutAsync(HttpContext context)
    {
        ReadOnlyMemory<byte> body = await BodyAsync(context);
        return JsonText.TryWrap(body, out JsonText value, out string error)
            ? await RunAsync(context, KeyVerb.Write, value, default, false)
            : Malformed($"the body is no JSON value: {error}");
    }

    internal async Task<IResult> CompareAndSetAsync(HttpContext context)
    {
        (CasBody cas, string? fault) = CasBody.Read(await BodyAsync(context));
        return fault is null
            ? await RunAsync(context, KeyVerb.CompareAndSet, cas.To, cas.From, cas.Creates)
            : Malformed(fault);
    }

    internal Task<IResult> DeleteAsync(HttpContext context) => RunAsync(context, KeyVerb.Delete, default, default, false);

    /// <summary>
    /// The key of a request's target as it came: the server has decoded the path already, but not its slashes, so that what was meant
    /// cannot be told from it.
    /// </summary>
    internal static string KeyOf(string rawTarget)
    {
        string path = rawTarget.Split('?', 2)[0];
        int start = path.IndexOf(Prefix, StringComparison.OrdinalIgnoreCase);
        return start < 0 ? "" : Uri.UnescapeDataString(path[(start + Prefix.Length)..]);
    }

    private async Task<IResult> RunAsync(HttpContext context, KeyVerb verb, JsonText value, JsonText expected, bool creates)
    {
        ClusterDefinition definition = await cluster.DefinitionAsync(context.RequestAborted);
        IQueryCollection query = context.Request.Query;
        string raw = KeyOf(context.Features.Get<IHttpRequestFeature>()!.RawTarget);
        bool isJson = false;
        if ((string?)query["json"] is { } json && !bool.TryParse(json, out isJson))
            return Malformed(FieldTexts.Wrong("json"u8, Encoding.UTF8.GetBytes(json), "true or false"));

        if (ParseKey(raw, isJson, out string fault) is not { } key)
            return Malformed(fault);

        if (Session(query, out string? wrong) is var session && wrong is not null)
            return Malformed(wrong);

        if (Shard(query["shard"], definition, out wrong) is var shard && wrong is not null)
            return Malformed(wrong);

        ClientRequest.OnKey request = new(new KeyCommand(verb, key, value, expected, creates), shard, session);
        Answer<KeyReply> answer = await cluster.AskAsync<KeyReply>(request, Limit, context.RequestAborted);
        if (answer.Error is { } error)
            return ApiProblem.ResultOf(error);

        int at = shard?.Value ?? ShardHash.ShardOf(KeyText.From(key), definition.ShardCount);
        KeyView view = new(new JsonValue(key), at, verb == KeyVerb.Read ? new JsonValue(answer.Reply!.Value) : null);
        return TypedResults.Json(view, ApiJson.Readable.KeyView);
    }

    private static async Task<ReadOnlyMemory<byte>> BodyAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }

    private static JsonText? ParseKey(string raw, bool isJson, out string fault)
    {
        fault = raw.Length == 0 ? "the key is empty; expected it behind /keys/" : "";
        if (fault.Length > 0)
            return null;

        string json = isJson ? raw : JsonSerializer.Serialize(raw, ApiJson.Readable.String);
        if (JsonText.TryParse(Encoding.UTF8.GetBytes(json), out JsonText key, out string error))
            return key;

        fault = $"the key is no JSON value: {error}; without json=true it is taken for a string";
        return null;
    }

    private static SessionTag Session(IQueryCollection query, out string? fault)
    {
        (string? client, string? seq) = (query["client_id"], query["seq"]);
        bool isNumber = long.TryParse(seq, CultureInfo.InvariantCulture, out long number) && number >= 0;
        fault = (client, seq) switch
        {
            (null, null) => null,
            (null, _) => FieldTexts.Missing("client_id"u8, "a string that is not empty, as seq came"),
            (_, null) => FieldTexts.Missing("seq"u8, "an integer, 0 or more, as client_id came"),
            ("", _) => FieldTexts.Wrong("client_id"u8, "\"\""u8, "a string that is not empty"),
            _ when !isNumber => FieldTexts.Wrong("seq"u8, Encoding.UTF8.GetBytes(seq), FieldTexts.IntegerUpTo(long.MaxValue)),
            _ => null,
        };
        return fault is null && client is not null ? new SessionTag(SessionKind.Client, client, number) : SessionTag.None;
    }

    private static ShardId? Shard(string? text, ClusterDefinition definition, out string? fault)
    {
        fault = null;
        if (text is null)
            return null;

        if (int.TryParse(text, CultureInfo.InvariantCulture, out int shard) && definition.Has(new ShardId(shard)))
            return new ShardId(shard);

        fault = FieldTexts.Wrong("shard"u8, Encoding.UTF8.GetBytes(text), FieldTexts.IntegerUpTo(definition.ShardCount - 1));
        return null;
    }

    private static IResult Malformed(string text) => ApiProblem.ResultOf(new ErrorReply(ErrorCode.MalformedRequest, text));
}

/// <summary>The fields of a <c>cas</c>, as the gateway has them.</summary>
internal readonly record struct CasBody(JsonText From, JsonText To, bool Creates)
{
    /// <summary>Reads a body; the fault says what is wrong with it.</summary>
    internal static (CasBody Body, string? Fault) Read(ReadOnlyMemory<byte> body)
    {
        JsonObjectReader reader = JsonObjectReader.OfMessage(body);
        JsonMember? from = null;
        JsonMember? to = null;
        JsonMember? create = null;
        string? fault = null;
        while (reader.Read(out JsonMember member))
        {
            if (member.NameIs("from"u8))
                from = member;
            else if (member.NameIs("to"u8))
                to = member;
            else if (member.NameIs("create_if_not_exists"u8))
                create = member;
            else
                fault ??= $"the field {FieldTexts.Excerpt(member.RawName.Span)} is not known; expected from, to, create_if_not_exists";
        }

        if (!reader.Finish(out string error))
            return (default, $"the body is no JSON object: {error}");

        JsonText fromText = Value("from"u8, from, ref fault);
        JsonText toText = Value("to"u8, to, ref fault);
        bool creates = create is { } given && given.RawValue.Span.SequenceEqual("true"u8);
        return (new CasBody(fromText, toText, creates), fault);
    }

    private static JsonText Value(ReadOnlySpan<byte> name, JsonMember? member, ref string? fault)
    {
        if (member is not { } given)
            fault ??= FieldTexts.Missing(name, "any JSON value");
        else if (given.TryValue(out JsonText value, out string deep))
            return value;
        else
            fault ??= FieldTexts.TooDeep(name, deep);

        return default;
    }
}
