using OrleansShards.Core.Masters;
using OrleansShards.Grains.Diagnostics;

namespace OrleansShards.Silo.Api;

/// <summary>Carries an action out, and logs one line: who, what, whether as a plan, and the outcome.</summary>
internal sealed partial class ActionAudit(ILogger<ActionAudit> logger)
{
    internal async Task<IResult> RunAsync(OperatorAction action, ClusterReader cluster, HttpContext context, bool isPlan)
    {
        ClusterDefinition definition = await cluster.DefinitionAsync(context.RequestAborted);
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        ActionFields fields = ActionFields.Read(body.ToArray(), definition.ShardCount);
        Visitor who = ApiDoors.VisitorOf(context);
        string outcome = "its caller has gone; it may or may not have taken effect";
        try
        {
            ActionOutcome done = await action.RunAsync(new ActionCall(action.Name, fields, isPlan, cluster, context.RequestAborted));
            outcome = done.Error is { } error ? $"error {(int)error.Code}, {error.Text}" : done.View!.Text;
            return done.Error is not null
                ? ApiProblem.ResultOf(done.Error)
                : TypedResults.Json(done.View!, ApiJson.Readable.ActionView);
        }
        catch (Exception failure) when (!context.RequestAborted.IsCancellationRequested)
        {
            outcome = $"failed, {failure.Message}";
            throw;
        }
        finally
        {
            LogAction(who.Name, who.Address, action.Name, fields.Given, isPlan ? "plan" : "action", outcome);
        }
    }

    /// <summary>Logs what was done beside <see cref="OperatorAction"/>.</summary>
    internal void Log(HttpContext context, string action, string arguments, bool isPlan, string outcome)
    {
        Visitor who = ApiDoors.VisitorOf(context);
        LogAction(who.Name, who.Address, action, arguments, isPlan ? "plan" : "action", outcome);
    }

    [LoggerMessage(LogEvents.ApiAction, LogLevel.Information, "{Who} from {Address}: {Action} {Arguments} ({Kind}): {Outcome}")]
    private partial void LogAction(string who, string address, string action, string arguments, string kind, string outcome);
}
