using System.Globalization;
using System.Net;
using OrleansShards.Grains.Hosting;
using OrleansShards.Silo.Cli;
using OrleansShards.Silo.Health;

namespace OrleansShards.Silo.Pages;

/// <summary>The page at <c>/</c>: what this process is, and where to look on.</summary>
internal static class FrontPage
{
    private const string Style = """
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
        body { max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
        h1 { font-size: 1.6rem; margin-bottom: .2rem; }
        .state { font-weight: 600; } .yes { color: #1a7f37; } .no { color: #c0392b; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.5rem; margin: 1.5rem 0; }
        dt { opacity: .7; } dd { margin: 0; }
        nav a { margin-right: 1.5rem; }
        """;

    internal static void MapFrontPage(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/", async (SiloSettings settings, ReadinessCheck readiness, HttpContext context) =>
            Results.Content(Page(settings, await readiness.CheckAsync(context.RequestAborted)), "text/html; charset=utf-8"));

    internal static string Page(SiloSettings settings, ClusterHealthReport health) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Text(settings.Name)} · OrleansShards</title>
        <style>{Style}</style>
        </head>
        <body>
        <h1>OrleansShards</h1>
        <p>Silo <b>{Text(settings.Name)}</b> of the cluster <b>{Text(settings.ClusterId)}</b></p>
        <p class="state {(health.Ready ? "yes" : "no")}">{(health.Ready ? "Ready" : "Not ready")}: {Text(health.Reason)}</p>
        <dl>
        {Rows(settings, health)}
        </dl>
        <nav><a href="dashboard/">Orleans Dashboard</a><a href="health/ready">readiness</a><a href="health/live">liveness</a></nav>
        </body>
        </html>
        """;

    private static string Rows(SiloSettings settings, ClusterHealthReport health)
    {
        (string Name, string Value)[] rows =
        [
            ("Primary", health.Primary?.Value ?? "not known"),
            ("Term", health.Term.ToString()),
            ("Masters", string.Join(", ", settings.Nodes.Take(2)) + (health.Masters is { } state ? $": {state}" : "")),
            ("Replica groups", string.Join(", ", settings.Nodes)),
            ("Carried here", settings.Groups.Count == 0 ? "all" : string.Join(", ", settings.Groups)),
            ("Shards", settings.Shards.ToString(CultureInfo.InvariantCulture)),
            ("Logs", settings.LogsPlace),
            ("Silos connect to", new IPEndPoint(settings.Advertised, settings.SiloEndpoint.Port).ToString()),
            ("Clients connect to", new IPEndPoint(settings.Advertised, settings.GatewayEndpoint.Port).ToString()),
            ("TLS", settings.Tls is null ? "off" : "on"),
        ];
        return string.Join('\n', rows.Select(static row => $"<dt>{row.Name}</dt><dd>{Text(row.Value)}</dd>"));
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
