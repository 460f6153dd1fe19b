using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using OrleansShards.Backups;
using OrleansShards.Client.Errors;
using OrleansShards.Core.Masters;
using OrleansShards.Silo.Api;

namespace OrleansShards.Silo.Backups;

/// <summary>The routes of backups and restores. One of either at a time in a silo.</summary>
internal sealed class BackupEndpoints(
    ClusterReader cluster, ClusterBackup backup, ClusterRestore restore, BackupRuns runs, ActionAudit audit, TimeProvider clock)
{
    private const string ContentType = "application/vnd.orleansshards.backup";

    private int _isBusy;

    internal static void Add(IServiceCollection services) => services.AddSingleton<BackupRuns>().AddSingleton<ShardCalls>()
        .AddSingleton<ClusterBackup>().AddSingleton<ClusterRestore>().AddSingleton<BackupEndpoints>();

    internal static void Map(RouteGroupBuilder api)
    {
        NeedsRole admin = new(KeyRole.Admin);
        api.MapGet("/backup", static (BackupEndpoints backups, HttpContext context) => backups.BackUpAsync(context))
            .Produces(StatusCodes.Status200OK, contentType: ContentType)
            .Produces<ApiProblem>(StatusCodes.Status503ServiceUnavailable, ApiProblem.ContentType)
            .WithMetadata(admin).WithName("backup").WithTags("backup")
            .WithSummary("The whole cluster as a file. docs/backup.md says more.");
        api.MapPost("/restore", static (BackupEndpoints backups, HttpContext context, bool plan = false) =>
                backups.RestoreAsync(context, plan))
            .Produces<RestoreView>().Produces<ApiProblem>(StatusCodes.Status409Conflict, ApiProblem.ContentType)
            .WithMetadata(admin).WithName("restore").WithTags("backup")
            .WithSummary("Restores a fresh cluster from the file in the body.")
            .WithDescription("With plan=true nothing is changed: the file is verified, and whether the cluster is fresh.");
        api.MapGet("/restore", static (BackupEndpoints backups, CancellationToken stop) => backups.StatusAsync(stop))
            .Produces<RestoreView>().WithName("restore-status").WithTags("backup").WithSummary("How the newest restore stands.");
        api.MapDelete("/restore", static (BackupEndpoints backups, HttpContext context) => backups.GiveUpAsync(context))
            .Produces<RestoreView>().Produces<ApiProblem>(StatusCodes.Status409Conflict, ApiProblem.ContentType)
            .WithMetadata(admin).WithName("restore-give-up").WithTags("backup")
            .WithSummary("Gives up a restore that was interrupted: the shards are empty and served.");
    }

    private async Task<IResult> BackUpAsync(HttpContext context)
    {
        if (!TryEnter())
            return Busy();

        string outcome = "its caller has gone";
        bool isDone = false;
        runs.Begin("backup");
        try
        {
            Answer<ClusterStatusReply> status = await cluster.StatusAsync(context.RequestAborted);
            if (status.Error is { } error)
            {
                outcome = error.Text;
                return ApiProblem.ResultOf(error);
            }

            string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            string name = string.Create(CultureInfo.InvariantCulture, $"shards-{clock.GetUtcNow():yyyyMMdd-HHmmss}.backup");
            context.Response.ContentType = ContentType;
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
            context.Response.Headers["X-Backup-Id"] = id;
            SlowClientsMayBeSlow(context);
            await backup.WriteAsync(context.Response.Body, id, status.Reply!, context.RequestAborted);
            (isDone, outcome) = (true, $"backup {id}");
        }
        catch (StepFailedException failure)
        {
            // The file ends with the reason.
            outcome = $"given up: {failure.Message}";
        }
        finally
        {
            runs.End(isDone, outcome);
            Leave();
            audit.Log(context, "backup", "", isPlan: false, outcome);
        }

        return Results.Empty;
    }

    private async Task<IResult> RestoreAsync(HttpContext context, bool plan)
    {
        if (!TryEnter())
            return Busy();

        string outcome = "its caller has gone; the restore is given up";
        bool isDone = false;
        if (!plan)
            runs.Begin("restore");

        try
        {
            SlowClientsMayBeSlow(context);
            RestoreView done = await restore.RunAsync(context.Request.Body, plan, context.RequestAborted);
            (isDone, outcome) = (true, done.Text);
            return TypedResults.Json(done, ApiJson.Readable.RestoreView);
        }
        catch (Exception failure) when (failure is StepFailedException or BackupDamageException)
        {
            outcome = failure.Message;
            return ApiProblem.ResultOf((failure as StepFailedException)?.Error
                ?? new ErrorReply(ErrorCode.MalformedRequest, $"{failure.Message}; nothing is restored"));
        }
        finally
        {
            if (!plan)
                runs.End(isDone, outcome);

            Leave();
            audit.Log(context, "restore", "", plan, outcome);
        }
    }

    private async Task<IResult> StatusAsync(CancellationToken stop) => ResultOf(await restore.QueryAsync(stop));

    private async Task<IResult> GiveUpAsync(HttpContext context)
    {
        Answer<RestoreStatus> done = await restore.GiveUpAsync(context.RequestAborted);
        audit.Log(context, "restore", "give up", isPlan: false, done.Error?.Text ?? ViewOf(done.Reply!).Text);
        return ResultOf(done);
    }

    private static IResult ResultOf(Answer<RestoreStatus> answer) => answer.Error is { } error
        ? ApiProblem.ResultOf(error)
        : TypedResults.Json(ViewOf(answer.Reply!), ApiJson.Readable.RestoreView);

    private static RestoreView ViewOf(RestoreStatus status) => status.Phase switch
    {
        RestorePhase.None => new RestoreView { Phase = "none", Text = "the cluster was never restored" },
        RestorePhase.Receiving => Of(status, "receiving", "the shards are not served: wait for its end, repeat it, or give it up"),
        RestorePhase.Committed => Of(status, "committed", $"the cluster was restored from backup {status.Backup}"),
        RestorePhase.Aborted => Of(status, "aborted", "the newest restore was given up, and has changed nothing"),
    };

    private static RestoreView Of(RestoreStatus status, string phase, string text) =>
        new() { Restore = status.Restore.ToString(), Backup = status.Backup, Phase = phase, Text = text };

    // A file may be as large as the cluster, and either side as slow as its disk.
    private static void SlowClientsMayBeSlow(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } read)
            read.MinDataRate = null;

        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } written)
            written.MinDataRate = null;
    }

    private bool TryEnter() => Interlocked.Exchange(ref _isBusy, 1) == 0;

    private void Leave() => Volatile.Write(ref _isBusy, 0);

    private static IResult Busy() => ApiProblem.ResultOf(new ErrorReply(
        ErrorCode.TemporarilyUnavailable, "a backup or a restore is under way in this silo; expected one at a time"));
}
