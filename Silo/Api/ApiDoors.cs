using System.Net;
using System.Text;
using OrleansShards.Client.Errors;
using OrleansShards.Grains.Diagnostics;
using Key = OrleansShards.Silo.Api.ApiKeys.Key;

namespace OrleansShards.Silo.Api;

/// <summary>
/// The role that a route needs; as metadata of its endpoint. What a browser loads by itself takes a key as a password, too: it can be given
/// no header.
/// </summary>
internal sealed record NeedsRole(KeyRole Role, bool TakesPassword = false);

/// <summary>Who asks: the name of a key, or <c>loopback</c> for somebody on this machine, who needs none.</summary>
internal sealed record Visitor(string Name, string Address);

/// <summary>
/// Who asks and what they may do: the role of their key; null without one. Without <c>keys</c> only this machine may do anything.
/// </summary>
internal sealed record VisitorView(string? Name, string? Role, bool Keys);

/// <summary>
/// Lets requests in. Over a loopback connection everything is open; from elsewhere actions, keys and the dashboard need a key. A page of
/// another site gets nothing done, whatever the address: a browser sends its requests from the machine that the visitor is on.
/// </summary>
internal sealed partial class ApiDoors(SiloServices silo, ApiKeyFile file, ILogger<ApiDoors> logger)
{
    internal const string Root = "/api/v1";

    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";

    /// <summary>Every request under <see cref="Root"/> ends in an answer or in problem details.</summary>
    internal async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase))
        {
            await PassOthersAsync(context, next);
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

    // A person reads the text in a browser.
    private Task PassOthersAsync(HttpContext context, RequestDelegate next)
    {
        if (Locked(context) is not { } refusal)
            return next(context);

        context.Response.StatusCode = refusal.Status;
        return context.Response.WriteAsync($"{refusal.Detail}\n", context.RequestAborted);
    }

    /// <summary>Who asks, once let in.</summary>
    internal static Visitor VisitorOf(HttpContext context) =>
        context.Features.Get<Visitor>() ?? new Visitor("loopback", $"{context.Connection.RemoteIpAddress}");

    /// <summary>What the doors would let a visitor do; a problem if it has come with a key that is none.</summary>
    internal IResult Describe(HttpContext context)
    {
        NeedsRole any = new(KeyRole.Read);
        if (IsLocal(context))
            return Result(new VisitorView("loopback", ApiKeys.WordOf(KeyRole.Admin), file.Keys is not null));

        if (file.Keys is null || Presented(context.Request, any) is null)
            return Result(new VisitorView(null, null, file.Keys is not null));

        ApiProblem? problem = Check(context, any, out Key? key);
        if (problem is null)
            return Result(new VisitorView(key!.Name, ApiKeys.WordOf(key.Role), true));

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
        if (context.GetEndpoint()?.Metadata.GetMetadata<NeedsRole>() is not { } needs || IsLocal(context))
            return null;

        string address = $"{context.Connection.RemoteIpAddress}";
        ApiProblem? problem = Check(context, needs, out Key? presented);
        string who = presented?.Name ?? "nobody";
        if (problem is null)
            context.Features.Set(new Visitor(who, address));
        else
            LogRefused(context.Request.Method, context.Request.Path, who, address, problem.Title);

        return problem;
    }

    private ApiProblem? Check(HttpContext context, NeedsRole needs, out Key? key)
    {
        key = null;
        if (file.Keys is not { } keys)
        {
            return ApiProblem.Of(
                StatusCodes.Status403Forbidden,
                "no-keys",
                $"{(needs.TakesPassword ? "the dashboard is" : "actions and keys are")} open to this machine only: the silo has no "
                + "--api-key-file with bearer keys for others");
        }

        string? presented = Presented(context.Request, needs);
        if (presented is null || (key = keys.Find(presented)) is null)
        {
            context.Response.Headers.WWWAuthenticate = $"{(needs.TakesPassword ? Basic : Bearer)}realm=\"OrleansShards\"";
            return ApiProblem.Of(
                StatusCodes.Status401Unauthorized,
                "key-needed",
                presented is not null ? "the key is none of the silo's --api-key-file"
                    : needs.TakesPassword ? "expected a key of the silo's --api-key-file as the password; any user name will do"
                    : "expected a header Authorization: Bearer KEY, with a key of the silo's --api-key-file");
        }

        return key.Role >= needs.Role ? null : ApiProblem.Of(
            StatusCodes.Status403Forbidden,
            "role-needed",
            $"the key {key.Name} has the role {ApiKeys.WordOf(key.Role)}; this needs {ApiKeys.WordOf(needs.Role)}");
    }

    // The key; null without one of a kind that the route takes. A browser may send the dashboard's password to other routes, too, which
    // nobody has meant.
    private static string? Presented(HttpRequest request, NeedsRole needs)
    {
        string header = request.Headers.Authorization.ToString();
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return header[Bearer.Length..].Trim();

        if (!needs.TakesPassword || !header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
            return null;

        try
        {
            string text = Encoding.UTF8.GetString(Convert.FromBase64String(header[Basic.Length..].Trim()));
            return text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..];
        }
        catch (FormatException)
        {
            return "";
        }
    }

    // A proxy on this machine connects from here, too: what it forwards comes from elsewhere.
    private static bool IsLocal(HttpContext context) =>
        context.Connection is { RemoteIpAddress: { } remote, LocalIpAddress: { } local }
        && IPAddress.IsLoopback(remote) && IPAddress.IsLoopback(local)
        && !context.Request.Headers.ContainsKey("Forwarded") && !context.Request.Headers.ContainsKey("X-Forwarded-For");

    private static Task AnswerAsync(HttpContext context, ErrorReply error) =>
        context.Response.HasStarted ? Task.CompletedTask : ApiProblem.Of(error).WriteAsync(context);

    [LoggerMessage(LogEvents.ApiRefused, LogLevel.Warning, "refused {Method} {Path} to {Who} from {Address}: {Reason}")]
    private partial void LogRefused(string method, string path, string who, string address, string reason);

    [LoggerMessage(LogEvents.ApiFailed, LogLevel.Error, "{Method} {Path} has failed")]
    private partial void LogFailed(Exception failure, string method, string path);
}
