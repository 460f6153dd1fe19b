using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace OrleansShards.Cli.Http;

/// <summary>
/// A silo's API. Every request ends: in its answer, or in a <see cref="CliFailure"/> that says whether it may have taken effect.
/// </summary>
internal sealed class SiloApi : IDisposable
{
    internal const string DefaultUrl = "http://127.0.0.1:8080";

    // Status takes a second at most, keys and actions five.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http;
    private readonly ServerTrust _trust;

    /// <param name="url">Of a silo's HTTP.</param>
    /// <param name="key">The bearer key; null for none.</param>
    /// <param name="authorities">Who signs the silo's certificate; null for whom this machine trusts.</param>
    internal SiloApi(Uri url, string? key, X509Certificate2Collection? authorities)
    {
        Url = url;
        _trust = new ServerTrust(url, authorities);
        _http = new HttpClient(new SocketsHttpHandler
        {
            // Reading a proxy's settings takes time, and no proxy leads to this machine.
            UseProxy = !url.IsLoopback,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            SslOptions = _trust.Options,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        if (key is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    internal Uri Url { get; }

    /// <summary>Asks for an object, as the silo writes it.</summary>
    internal Task<byte[]> GetAsync(string path, CancellationToken stop) => SendAsync(HttpMethod.Get, path, null, stop);

    /// <summary>Asks for an object.</summary>
    internal async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> shape, CancellationToken stop) =>
        Read(await GetAsync(path, stop), shape);

    /// <summary>Begins an exchange that lasts as long as a file does; the answer's body is read by the caller.</summary>
    internal async Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, HttpContent? body, CancellationToken stop)
    {
        bool changes = method != HttpMethod.Get && !path.Contains("plan=true", StringComparison.Ordinal);
        using HttpRequestMessage request = Request(method, path, null);
        request.Content = body;
        try
        {
            HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            if (response.IsSuccessStatusCode)
                return response;

            using (response)
                throw Failure(response.StatusCode, await response.Content.ReadAsByteArrayAsync(stop));
        }
        catch (HttpRequestException broken)
        {
            throw Failure(broken, changes);
        }
    }

    /// <summary>Sends a request; the answer's body.</summary>
    internal async Task<byte[]> SendAsync(HttpMethod method, string path, byte[]? body, CancellationToken stop)
    {
        bool changes = method != HttpMethod.Get && !path.Contains("plan=true", StringComparison.Ordinal);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Limit);
        try
        {
            using HttpRequestMessage request = Request(method, path, body);
            using HttpResponseMessage response = await _http.SendAsync(request, limit.Token);
            byte[] answer = await response.Content.ReadAsByteArrayAsync(limit.Token);
            return response.IsSuccessStatusCode ? answer : throw Failure(response.StatusCode, answer);
        }
        catch (HttpRequestException broken)
        {
            throw Failure(broken, changes);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw Silent(changes);
        }
    }

    /// <summary>The server-sent events, until the silo ends the stream or <paramref name="stop"/>.</summary>
    internal async IAsyncEnumerable<(string Name, byte[] Data)> EventsAsync([EnumeratorCancellation] CancellationToken stop)
    {
        using HttpRequestMessage request = Request(HttpMethod.Get, "events", null);
        using HttpResponseMessage response = await BeginAsync(request, stop);
        if (!response.IsSuccessStatusCode)
            throw Failure(response.StatusCode, await response.Content.ReadAsByteArrayAsync(stop));

        await using Stream stream = await response.Content.ReadAsStreamAsync(stop);
        using StreamReader lines = new(stream);
        string name = "";
        while (await NextAsync(lines, stop) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line["event: ".Length..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                yield return (name, System.Text.Encoding.UTF8.GetBytes(line["data: ".Length..]));
        }
    }

    internal static T Read<T>(byte[] answer, JsonTypeInfo<T> shape)
    {
        try
        {
            return JsonSerializer.Deserialize(answer, shape) ?? throw new JsonException("it is null");
        }
        catch (JsonException wrong)
        {
            throw new CliFailure(ExitCode.Refused, $"the answer is not as docs/api.md has it ({wrong.Message}); is this a silo's address?");
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(HttpMethod method, string path, byte[]? body)
    {
        // As it is: .NET would decode some of what is escaped in a key.
        UriCreationOptions asItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };
        HttpRequestMessage request = new(method, new Uri($"{Url.AbsoluteUri.TrimEnd('/')}/api/v1/{path}", asItIs));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return request;
    }

    private async Task<HttpResponseMessage> BeginAsync(HttpRequestMessage request, CancellationToken stop)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Limit);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        }
        catch (HttpRequestException broken)
        {
            throw Failure(broken, changes: false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw Silent(changes: false);
        }
    }

    // A stream sends something each second; a silo that was stopped says nothing, and its connection stays.
    private async Task<string?> NextAsync(StreamReader lines, CancellationToken stop)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Limit);
        try
        {
            return await lines.ReadLineAsync(limit.Token);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException && !stop.IsCancellationRequested)
        {
            throw new CliFailure(ExitCode.NotNow, $"{Url} has ended the connection");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw Silent(changes: false);
        }
    }

    private CliFailure Silent(bool changes) => new(
        changes ? ExitCode.Unknown : ExitCode.NotNow,
        $"{Url} has not answered within {Limit.TotalSeconds:0} s{(changes ? "; it may or may not have taken effect" : "")}");

    private CliFailure Failure(HttpRequestException broken, bool changes)
    {
        // Before the request is sent, nothing can have taken effect.
        bool isUnsent = broken.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.ProxyTunnelError;
        string reason = (broken.InnerException ?? broken).Message;
        if (broken.HttpRequestError is HttpRequestError.SecureConnectionError)
        {
            return _trust.Doubt is { } doubt ? new CliFailure(ExitCode.Refused, doubt)
                : new CliFailure(ExitCode.NotNow, $"there is no TLS with {Url} ({reason}); is it http://?");
        }

        // What a silo does that was asked for TLS by nobody.
        if (broken.HttpRequestError is HttpRequestError.ResponseEnded && Url.Scheme == Uri.UriSchemeHttp)
            reason += " Is it https://?";

        return isUnsent
            ? new CliFailure(ExitCode.NotNow, $"no silo answers at {Url} ({reason}); start one there (`./run.sh silo`), or look at --url")
            : changes
                ? new CliFailure(ExitCode.Unknown, $"the connection to {Url} ended ({reason}); it may or may not have taken effect")
                : new CliFailure(ExitCode.NotNow, $"the connection to {Url} ended ({reason})");
    }

    private static CliFailure Failure(HttpStatusCode status, byte[] answer)
    {
        ErrorObject? problem = null;
        try
        {
            problem = JsonSerializer.Deserialize(answer, ApiShapes.Default.ErrorObject);
        }
        catch (JsonException)
        {
            // Something between here and the silo answers.
        }

        int exitCode = (status, problem?.Code) switch
        {
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) => ExitCode.NotAllowed,
            (_, 20) => ExitCode.NoSuchKey,
            (_, 22) => ExitCode.NotAsExpected,
            (_, 11) => ExitCode.NotNow,
            (_, not null) when problem.Definite == false => ExitCode.Unknown,
            _ => ExitCode.Refused,
        };
        string hint = status is HttpStatusCode.Unauthorized ? "; give --api-key-file, or SHARDS_API_KEY" : "";
        string code = problem?.Code is { } number ? $" (error {number})" : "";
        return problem?.Detail is { } text
            ? new CliFailure(exitCode, text + code + hint)
            : new CliFailure(exitCode, $"answered with HTTP status {(int)status}, and not as a silo does; look at --url");
    }
}
