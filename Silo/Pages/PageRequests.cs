using OrleansShards.Client.Errors;
using OrleansShards.Silo.Api;

namespace OrleansShards.Silo.Pages;

/// <summary>What HTTP requests meet while the silo starts and stops.</summary>
internal static class PageRequests
{
    /// <summary>
    /// Requests that are under way when the stop begins are told to end: the log's stream would last for an hour. Later ones are served
    /// until the silo has stopped.
    /// </summary>
    internal static void EndRequestsAtStop(this WebApplication silo)
    {
        CancellationToken stopping = silo.Lifetime.ApplicationStopping;
        silo.Use(async (HttpContext context, RequestDelegate next) =>
        {
            if (stopping.IsCancellationRequested)
            {
                await next(context);
                return;
            }

            CancellationToken aborted = context.RequestAborted;
            using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
            context.RequestAborted = ends.Token;
            try
            {
                await next(context);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested && !context.Response.HasStarted)
            {
                context.RequestAborted = aborted;
                await AnswerAsync(context, next);
            }
        });
    }

    // A probe learns why, as from now on; of a request that may have been carried out nothing is known.
    private static Task AnswerAsync(HttpContext context, RequestDelegate next) => context.Request.Path.StartsWithSegments("/health")
        ? next(context)
        : ApiProblem.Of(new ErrorReply(
            HttpMethods.IsGet(context.Request.Method) ? ErrorCode.TemporarilyUnavailable : ErrorCode.Timeout, "the silo is stopping"))
            .WriteAsync(context);

    /// <summary>The dashboard asks grains, which there are only between the silo's start and its stop.</summary>
    internal static void RefuseDashboardWithoutGrains(this WebApplication silo)
    {
        SiloServices services = silo.Services.GetRequiredService<SiloServices>();
        silo.Use((HttpContext context, RequestDelegate next) =>
        {
            if (services.AreRunning || !context.Request.Path.StartsWithSegments("/dashboard", StringComparison.OrdinalIgnoreCase))
                return next(context);

            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsync("the silo is starting or stopping; /health/ready says more\n", context.RequestAborted);
        });
    }
}
