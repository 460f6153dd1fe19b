using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using OrleansShards.Client.Errors;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Silo.Backups;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Api;

/// <summary>The routes of <c>/api/v1</c>, their description at <c>/openapi/v1.json</c>, and a page of it at <c>/openapi</c>.</summary>
internal static class ApiEndpoints
{
    private const string Description = "/openapi/v1.json";
    private const int HistoryMax = 1000;

    // What curl -d sends is named a form; the body is read as JSON whatever it is named.
    private const string Json = "application/json";
    private const string Any = "*/*";

    internal static void AddApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(static json =>
        {
            // The description is made from these options, the answers from ApiJson itself.
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
        });
        services.Configure<RouteHandlerOptions>(static options => options.ThrowOnBadRequest = true);
        services.AddOpenApi(static options =>
        {
            options.ShouldInclude = static route => $"/{route.RelativePath}".StartsWith(ApiDoors.Root, StringComparison.Ordinal);
            options.AddDocumentTransformer(static (document, _, _) =>
            {
                document.Info.Title = "OrleansShards";
                document.Info.Description = "A silo's view of its cluster, and what operators have done to it. docs/api.md says more.";
                document.Servers = null;
                return Task.CompletedTask;
            });
        });
        services.AddSingleton<ApiKeyFile>().AddHostedService(static all => all.GetRequiredService<ApiKeyFile>());
        services.AddSingleton<ApiDoors>().AddSingleton<ClusterReader>().AddSingleton<ClusterStatus>().AddSingleton<ShardReader>()
            .AddSingleton<StoreReader>().AddSingleton<KeyRequests>().AddSingleton<ClusterEvents>().AddSingleton<ActionAudit>();
        BackupEndpoints.Add(services);
    }

    /// <summary>Before what answers in the name of the API or the dashboard.</summary>
    internal static void UseDoors(this WebApplication silo)
    {
        ApiDoors doors = silo.Services.GetRequiredService<ApiDoors>();
        silo.Use((HttpContext context, RequestDelegate next) => doors.PassAsync(context, next));
        silo.Use(RefuseWrongParametersAsync);
    }

    internal static void MapApi(this WebApplication silo)
    {
        silo.UseSwaggerUI(static page =>
        {
            page.RoutePrefix = "openapi";
            page.DocumentTitle = "OrleansShards API";
            page.SwaggerEndpoint(Description, "v1");
            page.ConfigObject.ValidatorUrl = null;
        });
        silo.MapOpenApi(Description.Replace("v1", "{documentName}", StringComparison.Ordinal));
        RouteGroupBuilder api = silo.MapGroup(ApiDoors.Root);
        MapStatus(api);
        MapKeys(api);
        BackupEndpoints.Map(api);
        foreach (OperatorAction action in OperatorAction.All)
            MapAction(api, action);
    }

    // Before they are bound: what is thrown then names a type of C# and not what is expected.
    private static Task RefuseWrongParametersAsync(HttpContext context, RequestDelegate next)
    {
        EndpointMetadataCollection known = context.GetEndpoint()?.Metadata ?? EndpointMetadataCollection.Empty;
        foreach (IParameterBindingMetadata parameter in known.GetOrderedMetadata<IParameterBindingMetadata>())
        {
            string? given = context.Request.RouteValues.TryGetValue(parameter.Name, out object? inPath)
                ? inPath as string
                : context.Request.Query[parameter.Name];
            if (given is not null && ExpectedInstead(parameter.ParameterInfo.ParameterType, given) is { } expected)
            {
                string excerpt = FieldTexts.Excerpt(Encoding.UTF8.GetBytes(given));
                string fault = $"the parameter \"{parameter.Name}\" is {excerpt}; expected {expected}";
                return ApiProblem.Of(new ErrorReply(ErrorCode.MalformedRequest, fault)).WriteAsync(context);
            }
        }

        return next(context);
    }

    private static string? ExpectedInstead(Type type, string given)
    {
        Type of = Nullable.GetUnderlyingType(type) ?? type;
        return of == typeof(bool) ? bool.TryParse(given, out _) ? null : "true or false"
            : of == typeof(int) ? int.TryParse(given, NumberStyles.None, null, out _) ? null : FieldTexts.IntegerUpTo(int.MaxValue)
            : of == typeof(ulong) ? ulong.TryParse(given, NumberStyles.None, null, out _) ? null : FieldTexts.IntegerUpTo(long.MaxValue)
            : null;
    }

    private static void MapStatus(RouteGroupBuilder api)
    {
        Describe<ClusterView>(api.MapGet("/cluster", static async (ClusterStatus status, CancellationToken stop) =>
            TypedResults.Json(await status.ReadAsync(stop), ApiJson.Readable.ClusterView)),
            "cluster", "The masters, the silos, and what a failover would take now.");
        Describe<ShardsView>(api.MapGet("/shards", static (ShardReader shards, CancellationToken stop, int from = 0, int limit = 256) =>
            ShardsAsync(shards, from, limit, stop)),
            "shards", "The shards from a number on, 256 at most.");
        Describe<ShardView>(api.MapGet("/shards/{shard}", static (
            ShardReader shards, ClusterReader cluster, CancellationToken stop, int shard) =>
            ShardAsync(shards, cluster, shard, stop)),
            "shard", "One shard.");
        Describe<GroupsView>(api.MapGet("/groups", static (ClusterReader cluster, SiloSettings settings, CancellationToken stop) =>
            StatusAsync(
                cluster, known => TypedResults.Json(MoveViews.Groups(known, cluster, settings.Shards), ApiJson.Readable.GroupsView), stop)),
            "groups", "The replica groups.");
        Describe<MovesView>(api.MapGet("/moves", static (
            ClusterReader cluster, SiloSettings settings, TimeProvider clock, CancellationToken stop) =>
            StatusAsync(cluster, known => TypedResults.Json(
                MoveViews.Moves(known, settings.Moves.UndoWindow, clock.GetUtcNow()), ApiJson.Readable.MovesView), stop)),
            "moves", "Moves that are due or under way, and the newest that have ended.");
        Describe<HistoryView>(api.MapGet("/history", static (
            ClusterReader cluster, SiloSettings settings, TimeProvider clock, CancellationToken stop, int limit = HistoryMax) =>
            StatusAsync(cluster, known => TypedResults.Json(
                MoveViews.History(known, settings.Moves.UndoWindow, clock.GetUtcNow(), Math.Clamp(limit, 0, HistoryMax)),
                ApiJson.Readable.HistoryView), stop)),
            "history", "Changes of term, and moves, newest first.");
        Describe<MapView>(api.MapGet("/map", static (ClusterReader cluster, CancellationToken stop, ulong? epoch) =>
            MapAsync(cluster, epoch, stop)),
            "map", "The shard map, newest or at an epoch.");
        Describe<StoreView>(api.MapGet("/store", static async (StoreReader store, CancellationToken stop) =>
            TypedResults.Json(await store.ReadAsync(stop), ApiJson.Readable.StoreView)),
            "store", "This silo's store.");
        api.MapGet("/visitor", static (ApiDoors doors, HttpContext context) => doors.Describe(context))
            .Produces<VisitorView>().Produces<ApiProblem>(StatusCodes.Status401Unauthorized, ApiProblem.ContentType)
            .WithName("visitor").WithTags("status").WithSummary("Who asks, and the role of their key.");
        api.MapGet("/events", static (ClusterEvents events, CancellationToken stop) => events.TryEnter()
                ? TypedResults.ServerSentEvents(events.FollowAsync(stop))
                : Unavailable($"{ClusterEvents.ListenersMax} listen already, as many as may"))
            .WithName("events").WithTags("status").WithSummary("Server-sent events: what the cluster is, and then what changes.")
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream");
    }

    private static void MapKeys(RouteGroupBuilder api)
    {
        const string Route = "/keys/{**key}";
        Key(api.MapGet(Route, static (KeyRequests keys, HttpContext context) => keys.GetAsync(context)), KeyRole.Read)
            .WithName("get").WithSummary("Reads a key.");
        Key(api.MapPut(Route, static (KeyRequests keys, HttpContext context) => keys.PutAsync(context)), KeyRole.Write)
            .Accepts<JsonElement>(Json, Any).WithName("put").WithSummary("Writes the body, any JSON value.");
        Key(api.MapPost(Route, static (KeyRequests keys, HttpContext context) => keys.CompareAndSetAsync(context)), KeyRole.Write)
            .Accepts<CasArguments>(Json, Any).WithName("cas").WithSummary("Compares and sets.");
        Key(api.MapDelete(Route, static (KeyRequests keys, HttpContext context) => keys.DeleteAsync(context)), KeyRole.Write)
            .WithName("delete").WithSummary("Deletes a key.");
    }

    private static void MapAction(RouteGroupBuilder api, OperatorAction action) =>
        api.MapPost($"/actions/{action.Name}", (ClusterReader cluster, ActionAudit audit, HttpContext context, bool plan = false) =>
                audit.RunAsync(action, cluster, context, plan))
            .Accepts(action.Arguments, isOptional: true, Json, Any)
            .Produces<ActionView>()
            .Produces<ApiProblem>(StatusCodes.Status409Conflict, ApiProblem.ContentType)
            .WithMetadata(new NeedsRole(KeyRole.Admin))
            .WithName(action.Name).WithTags("actions").WithSummary(action.Summary)
            .WithDescription("With plan=true nothing is changed, and the answer says what would be.");

    private static RouteHandlerBuilder Key(RouteHandlerBuilder route, KeyRole role) => route
        .Produces<KeyView>().Produces<ApiProblem>(StatusCodes.Status404NotFound, ApiProblem.ContentType)
        .WithMetadata(new NeedsRole(role)).WithTags("keys")
        .WithDescription("The key is the rest of the path, a string; with json=true a JSON value. Also: shard, client_id with seq.");

    private static void Describe<T>(RouteHandlerBuilder route, string name, string summary) => route
        .Produces<T>().Produces<ApiProblem>(StatusCodes.Status503ServiceUnavailable, ApiProblem.ContentType)
        .WithName(name).WithTags("status").WithSummary(summary);

    private static async Task<IResult> StatusAsync(
        ClusterReader cluster, Func<ClusterStatusReply, IResult> view, CancellationToken stop)
    {
        Answer<ClusterStatusReply> answer = await cluster.StatusAsync(stop);
        return answer.Error is { } error ? ApiProblem.ResultOf(error) : view(answer.Reply!);
    }

    private static async Task<IResult> ShardsAsync(ShardReader shards, int from, int limit, CancellationToken stop)
    {
        (ShardsView? view, ErrorReply? error) = await shards.ReadAsync(Math.Max(0, from), Math.Clamp(limit, 0, ShardReader.LimitMax), stop);
        return error is not null ? ApiProblem.ResultOf(error) : TypedResults.Json(view!, ApiJson.Readable.ShardsView);
    }

    private static async Task<IResult> ShardAsync(ShardReader shards, ClusterReader cluster, int shard, CancellationToken stop)
    {
        ClusterDefinition definition = await cluster.DefinitionAsync(stop);
        if (!definition.Has(new ShardId(shard)))
        {
            return ApiProblem.ResultOf(new ErrorReply(
                ErrorCode.NodeNotFound, $"there is no shard {shard}, the cluster has 0 to {definition.ShardCount - 1}"));
        }

        (ShardsView? view, ErrorReply? error) = await shards.ReadAsync(shard, 1, stop);
        return error is not null ? ApiProblem.ResultOf(error) : TypedResults.Json(view!.Shards[0], ApiJson.Readable.ShardView);
    }

    private static async Task<IResult> MapAsync(ClusterReader cluster, ulong? epoch, CancellationToken stop)
    {
        Answer<ConfigReply> answer = await cluster.AskPrimaryAsync<ConfigReply>(
            new QueryConfig(epoch is { } known ? new Epoch(known) : null), ClusterReader.PartLimit, stop);
        return answer.Error is { } error
            ? ApiProblem.ResultOf(error)
            : TypedResults.Json(MoveViews.Map(answer.Reply!), ApiJson.Readable.MapView);
    }

    private static IResult Unavailable(string text) => ApiProblem.ResultOf(new ErrorReply(ErrorCode.TemporarilyUnavailable, text));
}
