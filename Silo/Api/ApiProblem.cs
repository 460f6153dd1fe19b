using System.Text.Json.Serialization;
using OrleansShards.Client.Errors;

namespace OrleansShards.Silo.Api;

/// <summary>
/// An error as problem details (RFC 9457). <c>code</c> and <c>title</c> are those of docs/protocol.md; a problem of HTTP itself, a missing
/// key for instance, has no code. <c>definite</c>: nothing was done, and it never will be.
/// </summary>
internal sealed record ApiProblem(string Type, string Title, int Status, string Detail)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Code { get; init; }

    public bool Definite { get; init; } = true;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Primary { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Gid { get; init; }

    internal const string ContentType = "application/problem+json";

    internal static ApiProblem Of(ErrorReply error)
    {
        (string title, int status) = error.Code switch
        {
            ErrorCode.Timeout => ("timeout", StatusCodes.Status504GatewayTimeout),
            ErrorCode.NodeNotFound => ("node-not-found", StatusCodes.Status404NotFound),
            ErrorCode.NotSupported => ("not-supported", StatusCodes.Status404NotFound),
            ErrorCode.TemporarilyUnavailable => ("temporarily-unavailable", StatusCodes.Status503ServiceUnavailable),
            ErrorCode.MalformedRequest => ("malformed-request", StatusCodes.Status400BadRequest),
            ErrorCode.Crash => ("crash", StatusCodes.Status500InternalServerError),
            ErrorCode.KeyDoesNotExist => ("key-does-not-exist", StatusCodes.Status404NotFound),
            ErrorCode.PreconditionFailed => ("precondition-failed", StatusCodes.Status409Conflict),
        };
        return new ApiProblem(TypeOf(title), title, status, error.Text)
        {
            Code = (int)error.Code,
            Definite = error.Code is not (ErrorCode.Timeout or ErrorCode.Crash),
            Primary = error.Primary?.Value,
            Gid = error.Owner?.Value,
        };
    }

    /// <summary>A problem of HTTP itself.</summary>
    internal static ApiProblem Of(int status, string title, string detail) => new(TypeOf(title), title, status, detail);

    internal static IResult ResultOf(ErrorReply error) => Of(error).Result();

    internal IResult Result() => TypedResults.Json(this, ApiJson.Readable.ApiProblem, ContentType, Status);

    internal Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        return context.Response.WriteAsJsonAsync(this, ApiJson.Readable.ApiProblem, ContentType, context.RequestAborted);
    }

    private static string TypeOf(string title) => $"urn:orleansshards:error:{title}";
}
