using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OrleansShards.Client.Routing;
using OrleansShards.Tests.Processes;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Gateways;

/// <summary>One node of a cluster of gateways: a name, and one process after the other.</summary>
/// <param name="name">Its name, which every process is given by <c>init</c>.</param>
/// <param name="nodes">The names of all nodes.</param>
/// <param name="options">What every process is started with.</param>
/// <param name="counts">Where attempts are counted that went wrong.</param>
/// <param name="network">What carries its messages to other nodes; null where it sends none.</param>
/// <param name="at">The network namespace that it is in; null for the test's own.</param>
internal sealed class GatewayNode(
    string name, IReadOnlyList<string> nodes, string[] options, AttemptCounts counts, FaultyNetwork? network = null, NetworkNode? at = null)
    : IAsker, IDisposable
{
    /// <summary>How many shards a cluster of gateways has: their default.</summary>
    internal const int Shards = 16;

    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan SlowFrom = TimeSpan.FromMilliseconds(500);

    private readonly List<GatewayPipe> _runs = [];
    private volatile GatewayPipe? _ready;
    private volatile GatewayPipe? _newest;

    internal string Name => name;

    /// <summary>Whether a process runs that has taken its <c>init</c>.</summary>
    internal bool IsUp => _ready is { HasEnded: false };

    /// <summary>How often a process was started.</summary>
    internal int Starts => _runs.Count;

    /// <summary>The process that runs, or ran last.</summary>
    internal GatewayPipe Current => _runs[^1];

    /// <summary>Starts a process, and waits until it has taken its <c>init</c>, which is repeated as long as it is put off.</summary>
    internal async Task StartAsync()
    {
        ProcessStartInfo start = GatewayProcess.Command(options);
        GatewayPipe pipe = new(at?.Enter(start) ?? start, network is null ? null : network.Carry);
        _runs.Add(pipe);
        _newest = pipe;
        string names = string.Join(',', nodes.Select(static node => $"\"{node}\""));
        string seen = "nothing";
        await Condition.HoldsAsync(
            async () =>
            {
                Assert.False(pipe.HasEnded, $"the process of {name} ended at its init\n{Told()}");
                JsonElement? reply = await pipe.AskAsync(name, "init", $",\"node_id\":\"{name}\",\"node_ids\":[{names}]", AskLimit);
                seen = reply?.ToString() ?? "no answer";
                Assert.False(reply is { } body && GatewayWire.CodeOf(body) is 12 or 22, $"init of {name}: {seen}\n{Told()}");
                return reply is { } ok && ok.GetProperty("type").ValueEquals("init_ok");
            },
            () => $"init_ok of {name}, last: {seen}\n{Told()}");
        _ready = pipe;
    }

    /// <summary>Delivers a line from another node; it is lost where no process runs.</summary>
    internal void Deliver(string line) => _newest?.Deliver(line);

    /// <summary>SIGKILL.</summary>
    internal void Kill()
    {
        _ready = null;
        Current.Kill();
    }

    /// <summary>SIGSTOP: it keeps its memory and its connections, and does nothing.</summary>
    internal void Stop() => Current.Signal("STOP");

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    internal void Continue() => Current.Signal("CONT");

    /// <inheritdoc/>
    /// <remarks>Only operations on keys. A node without a process refuses: nothing was sent.</remarks>
    public async Task<ClientOutcome> AskAsync(ClientRequest request, TimeSpan deadline)
    {
        if (_ready is not { HasEnded: false } pipe)
        {
            counts.NotSent();
            return new ClientOutcome.NotApplied($"{name} is down", null);
        }

        var onKey = (ClientRequest.OnKey)request;
        long at = Stopwatch.GetTimestamp();
        JsonElement? reply = await pipe.AskAsync(name, GatewayWire.TypeOf(onKey.Command.Verb), GatewayWire.FieldsOf(onKey), deadline);
        if (reply is not { } body)
        {
            counts.NoAnswer();
            return new ClientOutcome.Unknown($"{name} has not answered");
        }

        if (GatewayWire.CodeOf(body) is { } code and (0 or 11 or 13))
            counts.Failed(code);
        else if (Stopwatch.GetElapsedTime(at) > SlowFrom)
            counts.Slow();

        return GatewayWire.OutcomeOf(onKey.Command.Verb, body);
    }

    /// <summary>Asks the process that runs for anything; null where there is no answer.</summary>
    internal Task<JsonElement?> AskAsync(string type, string fields) => Current.AskAsync(name, type, fields, AskLimit);

    /// <summary>What is missing: a shard or the primary that it cannot reach, an answer that it owes. Null where nothing is.</summary>
    internal async Task<string?> MissingAsync()
    {
        if (_ready is not { HasEnded: false })
            return $"{name} is down";

        List<Task<string?>> asked = [FailureOfAsync("query_config", "")];
        asked.AddRange(Enumerable.Range(0, Shards).Select(shard => FailureOfAsync("write", OfShard(shard) + ",\"value\":0")));
        string? failure = (await Task.WhenAll(asked)).FirstOrDefault(static failure => failure is not null);
        return failure ?? (Current.Overdue == 0 ? null : $"{name} owes {Current.Overdue} answers");
    }

    /// <summary>What its processes have logged of late.</summary>
    internal string Told() => string.Join('\n', _runs.TakeLast(2).SelectMany(
        run => run.Told.Select(line => $"{name}, process {run.Id}: {line}")));

    public void Dispose()
    {
        foreach (GatewayPipe run in _runs)
            run.Dispose();
    }

    /// <summary>A key of a shard that no worker uses, named by the shard's number.</summary>
    internal static string OfShard(int shard)
    {
        string number = shard.ToString(CultureInfo.InvariantCulture);
        return $",\"key\":\"probe {number}\",\"shard\":{number}";
    }

    private async Task<string?> FailureOfAsync(string type, string fields)
    {
        JsonElement? reply = await AskAsync(type, fields);
        return reply is { } body && GatewayWire.CodeOf(body) is null
            ? null
            : $"{name} was asked {type}{fields}, and answered {reply?.ToString() ?? "nothing"}";
    }
}
