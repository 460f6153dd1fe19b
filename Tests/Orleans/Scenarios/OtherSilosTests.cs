using System.Diagnostics;
using System.Text.Json;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Storage.InMemory;
using OrleansShards.Tests.MaelstromGateway;
using OrleansShards.Tests.MaelstromGateway.Scenarios;
using OrleansShards.Tests.Orleans.Silo;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Scenarios;

/// <summary>Gateways in front of silos that others have started: what can go wrong between them.</summary>
public sealed class OtherSilosTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly InProcessScenarioHost _gateways = new();
    private readonly InProcessScenarioHost _impatient = new() { InitLimit = TimeSpan.FromSeconds(1) };
    private SiloCluster? _cluster;
    private long _ids;

    [Fact]
    public async Task Gateways_TwoOfOneCluster_SeeEachOthersWrites()
    {
        await StartAsync(2);
        using IScenarioGateway first = Open("n1");
        using IScenarioGateway second = Open("n2");

        for (int value = 0; value < 20; value++)
        {
            (IScenarioGateway writer, IScenarioGateway reader) = value % 2 == 0 ? (first, second) : (second, first);
            Assert.Equal("write_ok", TypeOf(Ask(writer, $"\"write\",\"key\":\"k{value % 3}\",\"value\":{value}")));
            Assert.Equal(value, Ask(reader, $"\"read\",\"key\":\"k{value % 3}\"").GetProperty("value").GetInt32());
        }
    }

    [Fact]
    public void Init_NobodyListens_IsAnsweredAndRequestsAreRefusedWithTheReason()
    {
        using IScenarioGateway gateway = _impatient.Start(["--silo", $"127.0.0.1:{FreePorts.Take(1)[0]}"]);
        Assert.Equal("init_ok", TypeOf(Init(gateway, "n1", "n1", "n2")));

        UntilRefused(gateway, "no silo of the cluster answers at 127.0.0.1:");
    }

    [Fact]
    public async Task Init_SilosOfAnotherName_IsAnsweredAndRequestsAreRefused()
    {
        await StartAsync(1);
        using IScenarioGateway gateway = _impatient.Start(["--silo", _cluster!.GatewayOptions[1], "--cluster-id", "another"]);
        Assert.Equal("init_ok", TypeOf(Init(gateway, "n1", "n1", "n2")));

        UntilRefused(gateway, "the cluster is still being opened: ");
    }

    [Fact]
    public async Task End_TheSiloGreetsAndSaysNothingMore_Ends()
    {
        await StartAsync(1);
        using TestProxy proxy = new("127.0.0.1", _cluster!.GatewayPort) { GreetsOnly = true };
        InProcessScenarioHost patient = new() { InitLimit = TimeSpan.FromSeconds(4) };
        IScenarioGateway gateway = patient.Start(["--silo", $"127.0.0.1:{proxy.Port}", .. _cluster.GatewayOptions.Skip(2)]);
        Assert.Equal("init_ok", TypeOf(Init(gateway, "n1", "n1", "n2", "n3")));
        Wait.Until(() => proxy.HasThrownAway, "a question that the silo has answered in vain", () => gateway.Errors);

        Assert.Equal(0, gateway.EndInput());
        gateway.Dispose();
    }

    [Fact]
    public async Task Init_OfAnotherDefinition_IsRefusedWithBoth_AndTheRightOneIsTaken()
    {
        await StartAsync(1);
        using IScenarioGateway gateway = _gateways.Start(_cluster!.GatewayOptions);
        JsonElement refused = Init(gateway, "x1", "x1", "x2");

        Assert.Equal(22, refused.GetProperty("code").GetInt32());
        string text = refused.GetProperty("text").GetString()!;
        Assert.Contains("groups n1, n2, n3; 16 shards", text, StringComparison.Ordinal);
        Assert.Contains("groups x1, x2; 16 shards", text, StringComparison.Ordinal);
        Assert.Equal("init_ok", TypeOf(Init(gateway, "n1", "n1", "n2", "n3")));
    }

    [Fact]
    public async Task Requests_NoSiloIsLeft_AreRefusedForCertain_AndGoOnWhenOneIsBack()
    {
        await StartAsync(1);
        using IScenarioGateway gateway = Open("n1");
        Assert.Equal("write_ok", TypeOf(Ask(gateway, "\"write\",\"key\":\"k\",\"value\":1")));

        await _cluster!.KillSiloAsync(0);
        Wait.Until(
            () => gateway.Errors.Contains("is lost", StringComparison.Ordinal), "the loss on stderr", () => gateway.Errors);
        long asked = Stopwatch.GetTimestamp();
        JsonElement refused = Ask(gateway, "\"write\",\"key\":\"k\",\"value\":2");
        Assert.Equal(11, refused.GetProperty("code").GetInt32());
        Assert.Contains("no silo answers at", refused.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(asked) < Limit, "the answer should come by its deadline");

        await _cluster.StartSiloAsync(0);
        _cluster.Found(Definition());
        JsonElement last = default;
        Wait.Until(
            () => TypeOf(last = Ask(gateway, "\"read\",\"key\":\"k\"")) == "read_ok", "an answer again", () => $"{last}");
        Assert.Equal(1, last.GetProperty("value").GetInt32());
    }

    public async ValueTask DisposeAsync() => await (_cluster?.DisposeAsync() ?? ValueTask.CompletedTask);

    private static ClusterDefinition Definition() => new(
        [new MasterName("n1"), new MasterName("n2")], [new GroupId("n1"), new GroupId("n2"), new GroupId("n3")], 16);

    private void UntilRefused(IScenarioGateway gateway, string reason)
    {
        JsonElement last = default;
        Wait.Until(
            () =>
            {
                last = Ask(gateway, "\"read\",\"key\":\"k\"");
                Assert.Equal(11, last.GetProperty("code").GetInt32());
                return last.GetProperty("text").GetString()!.Contains(reason, StringComparison.Ordinal);
            },
            reason,
            () => $"{last}");
    }

    private static string? TypeOf(JsonElement body) => body.GetProperty("type").GetString();

    private async Task StartAsync(int silos)
    {
        _cluster = await SiloCluster.StartAsync(silos, new InMemoryLogStore());
        _cluster.Found(Definition());
    }

    private IScenarioGateway Open(string node)
    {
        IScenarioGateway gateway = _gateways.Start(_cluster!.GatewayOptions);
        JsonElement reply = Init(gateway, node, "n1", "n2", "n3");
        Assert.True(TypeOf(reply) == "init_ok", $"expected init_ok; seen {reply}; stderr: {gateway.Errors}");
        return gateway;
    }

    private JsonElement Init(IScenarioGateway gateway, string node, params string[] nodes)
    {
        string names = string.Join(',', nodes.Select(static name => $"\"{name}\""));
        return Ask(gateway, $"\"init\",\"node_id\":\"{node}\",\"node_ids\":[{names}]", node);
    }

    private JsonElement Ask(IScenarioGateway gateway, string body, string node = "n1")
    {
        string line = $$"""{"src":"c","dest":"{{node}}","body":{"msg_id":{{++_ids}},"type":{{body}} } }""" + "\n";
        gateway.Send(System.Text.Encoding.UTF8.GetBytes(line));
        return JsonDocument.Parse(gateway.ReadLine(Limit)!).RootElement.GetProperty("body");
    }
}
