using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Processes;

/// <summary>The gateway as a process of its own, reached by its pipes alone, as Maelstrom reaches it.</summary>
internal sealed class GatewayProcess : IDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);
    private readonly Process _process;
    private long _ids;

    internal GatewayProcess(params string[] options)
        : this(Command(options))
    {
    }

    internal GatewayProcess(ProcessStartInfo start)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.UseShellExecute = false;
        _process = Process.Start(start)!;
        Errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>All that it has written to stderr, once it has ended.</summary>
    internal Task<string> Errors { get; }

    internal int Id => _process.Id;

    /// <summary>How a gateway is started.</summary>
    internal static ProcessStartInfo Command(params string[] options)
    {
        // With the tests' own frameworks: what they have, the build does not copy beside the gateway here.
        string program = Environment.ProcessPath is { } path && IsDotnet(path) ? path : "dotnet";
        return new ProcessStartInfo(program,
        [
            "exec", "--runtimeconfig", Path.Combine(AppContext.BaseDirectory, "OrleansShards.Tests.runtimeconfig.json"),
            Path.Combine(AppContext.BaseDirectory, "maelstrom-gateway.dll"), .. options,
        ]);
    }

    internal static string Line(string source, string destination, string body) =>
        $$"""{"src":"{{source}}","dest":"{{destination}}","body":{{body}}}""";

    /// <summary>Sends <c>init</c>, and waits until the cluster is open: on a busy machine <c>init</c> is answered before it is.</summary>
    internal void Init(string node, params string[] nodes)
    {
        Assert.Equal("init_ok", Introduce(node, nodes).GetProperty("type").GetString());
        JsonElement reply = default;
        Condition.Holds(
            () => !(reply = AskForMap(node)).TryGetProperty("code", out _), () => $"the cluster is open; last: {reply}");
    }

    /// <summary>Sends <c>init</c>; its answer.</summary>
    internal JsonElement Introduce(string node, params string[] nodes)
    {
        string names = string.Join(',', nodes.Select(static name => $"\"{name}\""));
        return Ask("c0", node, $$"""{"type":"init","msg_id":0,"node_id":"{{node}}","node_ids":[{{names}}]}""");
    }

    /// <summary>Asks for the shard map, which only the primary of an open cluster has.</summary>
    internal JsonElement AskForMap(string node)
    {
        string id = (++_ids).ToString(CultureInfo.InvariantCulture);
        return Ask("reader", node, $$"""{"type":"query_config","msg_id":{{id}}}""");
    }

    internal void Send(string line) => _process.StandardInput.WriteLine(line);

    internal void Flush() => _process.StandardInput.Flush();

    /// <summary>The next reply's source-to-be-answered and body; fails with what is on stderr if there is none.</summary>
    internal (string Source, JsonElement Body) Receive()
    {
        string line = Receive(_process.StandardOutput.ReadLineAsync());
        JsonElement message = JsonDocument.Parse(line).RootElement;
        return (message.GetProperty("dest").GetString()!, message.GetProperty("body"));
    }

    /// <summary>Sends one request and waits for its reply; nothing else may be under way.</summary>
    internal JsonElement Ask(string source, string destination, string body)
    {
        Send(Line(source, destination, body));
        Flush();
        return Receive().Body;
    }

    internal JsonElement Read(string node, string key)
    {
        string id = (++_ids).ToString(CultureInfo.InvariantCulture);
        return Ask("reader", node, $$"""{"type":"read","msg_id":{{id}},"key":"{{key}}"}""");
    }

    /// <summary>SIGKILL, to what it has started as well: nothing in the process gets to run any more.</summary>
    internal void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    /// <summary>Closes its input and waits for its end.</summary>
    internal int End()
    {
        _process.StandardInput.Close();
        Assert.True(_process.WaitForExit(AnswerLimit), "the gateway should end when its input does");
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();

        _process.Dispose();
    }

    private string Receive(Task<string?> reading)
    {
        if (!reading.Wait(AnswerLimit))
        {
            Kill();
            Assert.Fail($"no answer within {AnswerLimit}; stderr: {Errors.Result}");
        }

        return reading.Result ?? throw new InvalidOperationException($"the gateway has ended; stderr: {Errors.Result}");
    }

    private static bool IsDotnet(string path) => Path.GetFileNameWithoutExtension(path) == "dotnet";
}
