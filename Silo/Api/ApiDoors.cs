using System.Net;
using OrleansShards.Client.Errors;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Silo.Cli;
using Key = OrleansShards.Silo.Api.ApiKeys.Key;

namespace OrleansShards.Silo.Api;

/// <summary>The role that a route needs; as metadata of its endpoint.</summary>
internal sealed record NeedsRole(KeyRole Role);

/// <summary>Who asks: the name of a key, or <c>loopback</c> for somebody on this machine, who needs none.</summary>
internal sealed record Visitor(string Name, string Address);

/// <summary>
/// Who asks and what they may do: the role of their key; null without one. Without <c>keys</c> only this machine may do anything.
/// </summary>
internal sealed record VisitorView(string? Name, string? Role, bool Keys);

/// <summary>
/// Lets requests to the API in. Over a loopback connection everything is open; from elsewhere actions and keys need a bearer key. A page of
/// another site gets nothing done, whatever the address: a browser sends its requests from the machine that the visitor is on.
/// </summary>
internal sealed partial class ApiDoors(SiloServices silo, SiloSettings settings, ILogger<ApiDoors> logger)
{
    internal const string Root = "/api/v1";

    private const string Scheme = "Bearer ";

    /// <summary>Every request under <see cref="Root"/> ends in an answer or in problem details.</summary>
    internal async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase))
        {
            await next(context);
            return;
        }

        if (Refusal(context) is { } refusal)
        {
            await refusal.WriteAsync(context);
            return;
        }

        try
        {
            await next(context);
            if (context.Response is { StatusCode: StatusCodes.Status405MethodNotAllowed, HasStarted: false })
                await NotSupported(context).WriteAsync(context);
        }
        catch (BadHttpRequestException wrong)
        {
            await AnswerAsync(context, new ErrorReply(ErrorCode.MalformedRequest, wrong.Message));
        }
        catch (TimeoutException late)
        {
            await AnswerAsync(context, new ErrorReply(ErrorCode.TemporarilyUnavailable, late.Message));
        }
        catch (Exception failure) when (!context.RequestAborted.IsCancellationRequested)
        {
            LogFailed(failure, context.Request.Method, context.Request.Path);
            await AnswerAsync(context, ErrorTable.Crash(failure));
        }
    }

    /// <summary>Who asks, once let in.</summary>
    internal static Visitor VisitorOf(HttpContext context) =>
        context.Features.Get<Visitor>() ?? new Visitor("loopback", $"{context.Connection.RemoteIpAddress}");

    /// <summary>What the doors would let a visitor do; a problem if it has come with a key that is none.</summary>
    internal IResult Describe(HttpContext context)
    {
        if (IsLocal(context))
            return Result(new VisitorView("loopback", WordOf(KeyRole.Admin), settings.ApiKeys is not null));

        if (settings.ApiKeys is null || context.Request.Headers.Authorization.Count == 0)
            return Result(new VisitorView(null, null, settings.ApiKeys is not null));

        ApiProblem? problem = Check(context, KeyRole.Read, out Key? key);
        if (problem is null)
            return Result(new VisitorView(key!.Name, WordOf(key.Role), true));

        LogRefused(context.Request.Method, context.Request.Path, "nobody", $"{context.Connection.RemoteIpAddress}", problem.Title);
        return problem.Result();

        static IResult Result(VisitorView view) => TypedResults.Json(view, ApiJson.Readable.VisitorView);
    }

    private ApiProblem? Refusal(HttpContext context) =>
        FromAnotherSite(context.Request) ?? Locked(context)
        ?? (context.GetEndpoint() is null ? NotSupported(context)
            : silo.AreRunning ? null
            : ApiProblem.Of(new ErrorReply(
                ErrorCode.TemporarilyUnavailable, "the silo is starting or stopping; /health/ready says more")));

    private static ApiProblem NotSupported(HttpContext context) => ApiProblem.Of(new ErrorReply(
        ErrorCode.NotSupported,
        $"there is no {context.Request.Method} {context.Request.Path}; /openapi/v1.json has all that there is"));

    // A form of a foreign page may POST here without being allowed to read the answer. Browsers say where a request comes from.
    private static ApiProblem? FromAnotherSite(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            return null;

        string? site = request.Headers["Sec-Fetch-Site"];
        string? origin = request.Headers.Origin;
        bool isForeign = site is not null
            ? site is not ("same-origin" or "none")
            : origin is not null && !(Uri.TryCreate(origin, UriKind.Absolute, out Uri? from)
                && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
        return isForeign
            ? ApiProblem.Of(StatusCodes.Status403Forbidden, "foreign-site", "a page of another site may not change anything here")
            : null;
    }

    private ApiProblem? Locked(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<NeedsRole>() is not { Role: var role } || IsLocal(context))
            return null;

        string address = $"{context.Connection.RemoteIpAddress}";
        ApiProblem? problem = Check(context, role, out Key? presented);
        string who = presented?.Name ?? "nobody";
        if (problem is null)
            context.Features.Set(new Visitor(who, address));
        else
            LogRefused(context.Request.Method, context.Request.Path, who, address, problem.Title);

        return problem;
    }

    private ApiProblem? Check(HttpContext context, KeyRole role, out Key? key)
    {
        key = null;
        if (settings.ApiKeys is not { } keys)
        {
            return ApiProblem.Of(
                StatusCodes.Status403Forbidden,
                "no-keys",
                "actions and keys are open to this machine only: the silo has no --api-key-file with bearer keys for others");
        }

        string presented = context.Request.Headers.Authorization.ToString();
        if (!presented.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            || (key = keys.Find(presented[Scheme.Length..].Trim())) is null)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"OrleansShards\"";
            return ApiProblem.Of(
                StatusCodes.Status401Unauthorized,
                "key-needed",
                presented.Length == 0 ? "expected a header Authorization: Bearer KEY, with a key of the silo's --api-key-file"
                    : "the key is none of the silo's --api-key-file");
        }

        return key.Role >= role ? null : ApiProblem.Of(
            StatusCodes.Status403Forbidden,
            "role-needed",
            $"the key {key.Name} has the role {WordOf(key.Role)}; this needs {WordOf(role)}");
    }

    // A proxy on this machine connects from here, too: what it forwards comes from elsewhere.
    private static bool IsLocal(HttpContext context) =>
        context.Connection is { RemoteIpAddress: { } remote, LocalIpAddress: { } local }
        && IPAddress.IsLoopback(remote) && IPAddress.IsLoopback(local)
        && !context.Request.Headers.ContainsKey("Forwarded") && !context.Request.Headers.ContainsKey("X-Forwarded-For");

    private static string WordOf(KeyRole role) => role switch
    {
        KeyRole.Read => "read",
        KeyRole.Write => "write",
        KeyRole.Admin => "admin",
    };

    private static Task AnswerAsync(HttpContext context, ErrorReply error) =>
        context.Response.HasStarted ? Task.CompletedTask : ApiProblem.Of(error).WriteAsync(context);

    [LoggerMessage(LogEvents.ApiRefused, LogLevel.Warning, "refused {Method} {Path} to {Who} from {Address}: {Reason}")]
    private partial void LogRefused(string method, string path, string who, string address, string reason);

    [LoggerMessage(LogEvents.ApiFailed, LogLevel.Error, "{Method} {Path} has failed")]
    private partial void LogFailed(Exception failure, string method, string path);
}
