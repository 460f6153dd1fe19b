using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OrleansShards.Tests.Orleans.Silo.Cli;

/// <summary>Exit codes of answers that a healthy silo on this machine does not give, and the key that is sent.</summary>
public sealed class ShardsAnswersTests : IDisposable
{
    private readonly HttpListener _silo = new();
    private readonly string _url = $"http://127.0.0.1:{FreePorts.Take(1)[0]}/";
    private readonly string _file = Path.GetTempFileName();

    public ShardsAnswersTests()
    {
        _silo.Prefixes.Add(_url);
        _silo.Start();
    }

    public void Dispose()
    {
        _silo.Close();
        File.Delete(_file);
    }

    [Theory]
    [InlineData(401, null, true, 5, "wrong key; give --api-key-file, or SHARDS_API_KEY")]
    [InlineData(403, null, true, 5, "wrong key")]
    [InlineData(504, 0, false, 3, "wrong key (error 0)")]
    [InlineData(503, 11, true, 4, "wrong key (error 11)")]
    [InlineData(500, 13, false, 3, "wrong key (error 13)")]
    [InlineData(400, 12, true, 1, "wrong key (error 12)")]
    public async Task Problem_OfEachKind_HasItsExitCode(int status, int? code, bool definite, int exitCode, string text)
    {
        string number = code is { } known ? $",\"code\":{known}" : "";
        Task<string?> answered = AnswerAsync(status, $"{{\"detail\":\"wrong key\",\"definite\":{(definite ? "true" : "false")}{number}}}");
        (await ShardsRun.RunAsync(_url, "put", "a", "1")).Failed(exitCode, text);
        Assert.Null(await answered);
    }

    [Fact]
    public async Task Answer_OfSomethingElse_IsNotTakenForASilos()
    {
        Task<string?> answered = AnswerAsync(404, "<html>");
        (await ShardsRun.RunAsync(_url, "put", "a", "1")).Failed(1, "HTTP status 404");
        await answered;
        answered = AnswerAsync(200, "<html>");
        (await ShardsRun.RunAsync(_url, "masters")).Failed(1, "is this a silo's address?");
        await answered;
    }

    [Fact]
    public async Task Connection_ThatEndsInAWrite_LeavesItUnknown()
    {
        using TcpListener silo = new(IPAddress.Loopback, 0);
        silo.Start();
        string url = $"http://{silo.LocalEndpoint}";
        Task hangingUp = HangUpAsync(silo);
        (await ShardsRun.RunAsync(url, "put", "a", "1")).Failed(3, "it may or may not have taken effect");
        await hangingUp;
    }

    [Fact]
    public async Task Key_FromTheFileOrTheVariable_IsSentAndNeverShown()
    {
        await File.WriteAllTextAsync(_file, "# a comment\n\nalice admin key-of-the-file\n", TestContext.Current.CancellationToken);
        Dictionary<string, string> variable = new() { ["SHARDS_API_KEY"] = "key-of-the-variable" };
        Task<string?> answered = AnswerAsync(401, "{\"detail\":\"no\"}");
        ShardsResult refused = await ShardsRun.RunAsync(_url, "", variable, ["put", "a", "1"]);
        Assert.Equal("Bearer key-of-the-variable", await answered);
        answered = AnswerAsync(401, "{\"detail\":\"no\"}");
        ShardsResult again = await ShardsRun.RunAsync(_url, "", variable, ["put", "a", "1", "--api-key-file", _file]);
        Assert.Equal("Bearer key-of-the-file", await answered);
        Assert.DoesNotContain("key-of", refused.Errors + again.Errors + refused.Output + again.Output, StringComparison.Ordinal);

        variable["SHARDS_API_KEY"] = "key-of two";
        ShardsResult wrong = await ShardsRun.RunAsync(_url, "", variable, ["put", "a", "1"]);
        wrong.Failed(2, "SHARDS_API_KEY is no bearer key");
        Assert.DoesNotContain("key-of", wrong.Errors, StringComparison.Ordinal);
    }

    // What was sent as Authorization.
    private async Task<string?> AnswerAsync(int status, string body)
    {
        HttpListenerContext context = await _silo.GetContextAsync().WaitAsync(SiloRun.Limit);
        context.Response.StatusCode = status;
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
        context.Response.Close();
        return context.Request.Headers["Authorization"];
    }

    // Takes the request, and says nothing.
    private static async Task HangUpAsync(TcpListener silo)
    {
        using TcpClient client = await silo.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(SiloRun.Limit);
        await client.GetStream().ReadExactlyAsync(new byte[16], TestContext.Current.CancellationToken);
    }
}
