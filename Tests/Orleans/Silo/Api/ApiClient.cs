using System.Net;
using System.Text;
using System.Text.Json;

namespace OrleansShards.Tests.Orleans.Silo.Api;

/// <summary>Asks a silo's API, as an operator's program does.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly HttpClient _http;

    internal ApiClient(SiloRun silo) => _http = silo.Connect();

    internal Uri Address => _http.BaseAddress!;

    /// <summary>What further requests have besides; a value of null takes a header away.</summary>
    internal Dictionary<string, string> Headers { get; } = [];

    internal Task<ApiAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    internal Task<ApiAnswer> PutAsync(string path, string body) => SendAsync(HttpMethod.Put, path, body);

    internal Task<ApiAnswer> PostAsync(string path, string? body = null) => SendAsync(HttpMethod.Post, path, body);

    internal Task<ApiAnswer> ActAsync(string action, string? body = null, bool plan = false) =>
        PostAsync($"/api/v1/actions/{action}{(plan ? "?plan=true" : "")}", body);

    /// <summary>Asks until the answer is as wanted.</summary>
    internal async Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> isWanted)
    {
        using CancellationTokenSource limit = new(SiloRun.Limit);
        using PeriodicTimer looks = new(TimeSpan.FromMilliseconds(50));
        ApiAnswer answer = await GetAsync(path);
        while (answer.Status != HttpStatusCode.OK || !isWanted(answer.Body))
        {
            Assert.False(limit.IsCancellationRequested, $"{path} was not as wanted; last: {answer.Text}");
            await looks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            answer = await GetAsync(path);
        }

        return answer.Body;
    }

    internal async Task<ApiAnswer> SendAsync(HttpMethod method, string path, string? body)
    {
        // As it is: .NET would decode some of what is escaped.
        UriCreationOptions asItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };
        Uri uri = new($"{_http.BaseAddress}{path.TrimStart('/')}", asItIs);
        using HttpRequestMessage request = new(method, uri);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");

        foreach ((string name, string value) in Headers)
            request.Headers.TryAddWithoutValidation(name, value);

        using HttpResponseMessage response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return new ApiAnswer(
            response.StatusCode,
            response.Content.Headers.ContentType?.MediaType,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            $"{response.Headers.WwwAuthenticate}");
    }

    /// <summary>Reads server-sent events until one is as wanted.</summary>
    internal async Task<JsonElement> UntilEventAsync(string name, Func<JsonElement, bool> isWanted)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(SiloRun.Limit);
        await using Stream stream = await _http.GetStreamAsync("/api/v1/events", limit.Token);
        using StreamReader lines = new(stream);
        string? current = null;
        while (await lines.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                current = line["event: ".Length..];
            }
            else if (current == name && line.StartsWith("data: ", StringComparison.Ordinal)
                && JsonDocument.Parse(line["data: ".Length..]).RootElement is var data && isWanted(data))
            {
                return data;
            }
        }

        Assert.Fail($"the events have ended without {name} as wanted");
        return default;
    }

    public void Dispose() => _http.Dispose();
}

internal sealed record ApiAnswer(HttpStatusCode Status, string? Type, string Text, string Challenge = "")
{
    internal JsonElement Body => JsonDocument.Parse(Text).RootElement;

    internal string Field(string name) => Body.GetProperty(name).ToString();

    /// <summary>It is problem details with this code and status, and its text has this.</summary>
    internal void IsProblem(HttpStatusCode status, int? code, string text)
    {
        Assert.Equal((status, "application/problem+json"), (Status, Type));
        Assert.Equal((int)status, Body.GetProperty("status").GetInt32());
        Assert.Equal(code, Body.TryGetProperty("code", out JsonElement given) ? given.GetInt32() : null);
        Assert.Contains(text, Field("detail"), StringComparison.Ordinal);
    }

    internal JsonElement IsDone()
    {
        Assert.True(Status == HttpStatusCode.OK, Text);
        return Body;
    }
}
