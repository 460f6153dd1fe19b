using System.Net;
using OrleansShards.Backups;
using OrleansShards.Tests.Orleans.Silo.Api;

namespace OrleansShards.Tests.Orleans.Silo.Backups;

/// <summary>Takes and restores backups by a silo's API, as a command does.</summary>
internal sealed class BackupClient(SiloRun silo) : IDisposable
{
    private readonly HttpClient _http = new()
    {
        BaseAddress = new Uri($"http://127.0.0.1:{silo.HttpPort}"),
        Timeout = SiloRun.Limit,
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    internal async Task<byte[]> BackUpAsync()
    {
        using HttpResponseMessage response = await _http.GetAsync("/api/v1/backup", Stop);
        byte[] file = await response.Content.ReadAsByteArrayAsync(Stop);
        Assert.True(response.StatusCode == HttpStatusCode.OK, System.Text.Encoding.UTF8.GetString(file));
        return file;
    }

    internal static Task<BackupReport> VerifyAsync(byte[] file) => BackupFile.VerifyAsync(new MemoryStream(file), cancellationToken: Stop);

    internal async Task<ApiAnswer> RestoreAsync(byte[] file, bool plan = false)
    {
        using ByteArrayContent body = new(file);
        using HttpResponseMessage response = await _http.PostAsync($"/api/v1/restore{(plan ? "?plan=true" : "")}", body, Stop);
        return new ApiAnswer(
            response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync(Stop));
    }

    /// <summary>Sends a part of a file, and hangs up when the restore has begun.</summary>
    internal async Task BreakOffAsync(byte[] part, Func<Task> untilItHasBegun)
    {
        using CancellationTokenSource hangUp = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        using HangingContent body = new(part, hangUp.Token);
        Task<HttpResponseMessage> sending = _http.PostAsync("/api/v1/restore", body, hangUp.Token);
        await untilItHasBegun();
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => sending);
    }

    public void Dispose() => _http.Dispose();

    // What there is, and then nothing: neither more nor an end.
    private sealed class HangingContent(byte[] part, CancellationToken hangUp) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(part, hangUp);
            await stream.FlushAsync(hangUp);
            await new TaskCompletionSource<int>().Task.WaitAsync(hangUp);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }
    }
}
