using System.Net;
using System.Text;

namespace OrleansShards.Tests.Orleans.Silo;

public sealed class OtlpExportTests
{
    [Fact]
    public async Task Silo_WithCollector_SendsItsMetrics_TheLastOnesAtItsEnd()
    {
        int port = FreePorts.Take(1)[0];
        using HttpListener collector = new();
        collector.Prefixes.Add($"http://127.0.0.1:{port}/");
        collector.Start();
        Task<string> received = ReceiveAsync(collector, "/v1/metrics", "orleansshards.store.request.duration");

        using SiloRun silo = new("--otlp", $"http://127.0.0.1:{port}", "--otlp-protocol", "http");
        await silo.UntilReadyIsAsync(true);
        silo.Terminate();
        Assert.Equal(0, await silo.EndedAsync());

        string metrics = await received.WaitAsync(SiloRun.Limit, TestContext.Current.CancellationToken);
        string[] expected = ["orleansshards-silo", "orleansshards.wal.records.appended", "orleansshards.request.duration", "orleans-"];
        Assert.All(expected, name => Assert.Contains(name, metrics, StringComparison.Ordinal));
    }

    /// <summary>Answers all that comes; the first body to that path with that text in it.</summary>
    private static async Task<string> ReceiveAsync(HttpListener collector, string path, string text)
    {
        while (true)
        {
            HttpListenerContext call = await collector.GetContextAsync();
            using MemoryStream body = new();
            await call.Request.InputStream.CopyToAsync(body);
            call.Response.ContentType = "application/x-protobuf";
            call.Response.Close();
            string content = Encoding.Latin1.GetString(body.ToArray());
            if (call.Request.Url!.AbsolutePath == path && content.Contains(text, StringComparison.Ordinal))
                return content;
        }
    }
}
