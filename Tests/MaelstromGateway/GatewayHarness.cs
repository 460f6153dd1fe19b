using OrleansShards.Client.Routing;
using OrleansShards.MaelstromGateway;
using OrleansShards.MaelstromGateway.Cli;
using OrleansShards.MaelstromGateway.Io;
using OrleansShards.MaelstromGateway.Silos;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>A gateway on streams of a test, with a fake cluster behind it.</summary>
internal sealed class GatewayHarness : IDisposable
{
    internal const string Init =
        """{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2","n3"]}}""";

    private readonly Gateway _gateway;
    private readonly Thread _ending;

    internal GatewayHarness(GatewayOptions? options = null, ClusterOpener? open = null)
    {
        GatewayOptions used = options ?? new GatewayOptions();
        var log = new GatewayLog(Errors, used.LogLevel);
        _gateway = new Gateway(
            Input,
            Output,
            used,
            log,
            open ?? ((_, _, _) => Task.FromResult<IClusterClient>(Cluster)));
        _gateway.Start();
        _ending = new Thread(_gateway.WaitForEnd) { IsBackground = true };
        _ending.Start();
    }

    internal FakeCluster Cluster { get; } = new();

    internal FeedStream Input { get; } = new();

    internal CaptureStream Output { get; } = new();

    internal CaptureStream Errors { get; } = new();

    internal Gateway Gateway => _gateway;

    internal bool HasEnded => !_ending.IsAlive;

    /// <summary>Sends lines, each with its line feed.</summary>
    internal GatewayHarness Send(params string[] lines)
    {
        Input.Feed(string.Concat(lines.Select(static line => line + "\n")));
        return this;
    }

    /// <summary>A request as a line; <paramref name="fields"/> come after its type and number.</summary>
    internal static string Line(string source, string type, int id, string fields, string destination = "n1") =>
        $$"""{"src":"{{source}}","dest":"{{destination}}","body":{"type":"{{type}}","msg_id":{{id}}"""
        + (fields.Length > 0 ? "," : "") + fields + "}}";

    internal string[] ExpectLines(int count)
    {
        Wait.Until(() => Output.Lines.Length >= count, $"{count} lines", () => Output.Text + Errors.Text);
        return Output.Lines;
    }

    /// <summary>Ends the input and answers all that was written.</summary>
    internal string[] End()
    {
        Input.End();
        ExpectEnd();
        return Output.Lines;
    }

    internal void ExpectEnd() => Wait.Until(() => HasEnded, "the gateway's end", () => Output.Text + Errors.Text);

    /// <summary>What is answered to <paramref name="line"/> after an init.</summary>
    internal static string Answer(string line)
    {
        using var harness = new GatewayHarness();
        return harness.Send(Init, line).End()[1];
    }

    public void Dispose()
    {
        Input.End();
        Output.Flow();
        _gateway.Dispose();
        Input.Dispose();
    }
}
