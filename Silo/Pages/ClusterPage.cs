using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace OrleansShards.Silo.Pages;

/// <summary>
/// The page at <c>/</c>: the cluster at a glance, live, and the operator's actions. Its files are in this assembly and the same for every
/// visitor; what they show comes from the <see cref="Api"/>, through its doors.
/// </summary>
internal static class ClusterPage
{
    /// <summary>
    /// What the page may load: its own files and the API. Nothing is inline, so that text which gets into the page by a mistake is never
    /// carried out; and no other site may frame the page and have its buttons pressed.
    /// </summary>
    internal const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The files by their paths, with their types.</summary>
    internal static readonly IReadOnlyList<(string Path, string Resource, string Type)> Files =
    [
        ("/", "page.html", "text/html; charset=utf-8"),
        ("/page.css", "page.css", "text/css; charset=utf-8"),
        ("/page.js", "page.js", "text/javascript; charset=utf-8"),
        ("/page.svg", "page.svg", "image/svg+xml"),
    ];

    internal static void MapClusterPage(this IEndpointRouteBuilder endpoints)
    {
        foreach ((string path, string resource, string type) in Files)
        {
            byte[] content = Read(resource);
            EntityTagHeaderValue tag = new($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}\"");
            endpoints.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], (HttpContext context) =>
            {
                IHeaderDictionary headers = context.Response.Headers;
                headers.ContentSecurityPolicy = Policy;
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                headers["Cross-Origin-Opener-Policy"] = "same-origin";
                // The silo that answers next may be of another release: ask it, which costs a 304.
                headers.CacheControl = "no-cache";
                return Results.Bytes(content, type, entityTag: tag);
            });
        }
    }

    private static byte[] Read(string resource)
    {
        using Stream stream = typeof(ClusterPage).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"the silo was built without {resource}");
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
