using System.Globalization;
using System.Net;
using OrleansShards.Silo.Cli;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace OrleansShards.Tests.Deploy;

/// <summary><c>deploy/compose.yaml</c> and <c>deploy/collector.yaml</c>, as far as this can be seen without an engine.</summary>
public sealed class ComposeTests
{
    private static readonly string[] Silos = ["n1", "n2", "n3"];

    private readonly ComposeFile _file = new DeserializerBuilder().Build()
        .Deserialize<ComposeFile>(new MergingParser(new Parser(new StringReader(DeployedSilo.Text("compose.yaml")))));

    [Fact]
    public void Silos_AreOneCluster_WithOptionsThatTheSiloTakes()
    {
        SiloSettings[] silos = [.. Silos.Select(Settings)];

        DeployedSilo.AssertOneCluster(silos);
        Assert.All(silos, one => Assert.Equal(ClusterKind.Postgres, one.Kind));
        foreach ((SiloSettings silo, ComposeService service) in silos.Zip(Silos.Select(name => _file.Services[name])))
        {
            IPAddress address = IPAddress.Parse(service.Networks["silos"].Address!);
            Assert.Equal((address, address), (silo.Advertised, silo.HttpBind));
            Assert.Contains(address, Subnet());
        }
    }

    [Fact]
    public void Silos_HaveTheApisKeys_FromASecretThatIsAFile()
    {
        foreach (ComposeService service in Silos.Select(name => _file.Services[name]))
        {
            string secret = Assert.Single(service.Secrets);
            Assert.Equal($"/run/secrets/{secret}", service.Environment["ORLEANSSHARDS_SILO_API_KEY_FILE"]);

            // No other kind goes together with a root file system that is read-only.
            Assert.True(service.ReadOnly);
            Assert.Equal(["file"], _file.Secrets[secret].Keys);
        }
    }

    [Fact]
    public void Silos_StopInTheirOwnTime_AndAreStartedAgain()
    {
        foreach (string name in Silos)
        {
            ComposeService service = _file.Services[name];
            Assert.EndsWith("s", service.StopGracePeriod, StringComparison.Ordinal);
            int seconds = int.Parse(service.StopGracePeriod![..^1], CultureInfo.InvariantCulture);
            DeployedSilo.AssertStopFits(TimeSpan.FromSeconds(seconds), Settings(name));
            Assert.Equal("unless-stopped", service.Restart);
        }
    }

    [Fact]
    public void Pages_AreOnThisMachineOnly_AndAnswerToItsName()
    {
        Assert.All(_file.Services.Values.SelectMany(static service => service.Ports), static port =>
            Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
        foreach (string name in Silos)
        {
            SiloSettings settings = Settings(name);
            Assert.EndsWith($":{settings.HttpPort}", Assert.Single(_file.Services[name].Ports), StringComparison.Ordinal);
            Assert.Contains("localhost", settings.AllowedHosts);
        }
    }

    [Fact]
    public void Silos_ExportToAPortOfTheCollector()
    {
        CollectorFile collector = new DeserializerBuilder().Build().Deserialize<CollectorFile>(DeployedSilo.Text("collector.yaml"));
        string grpc = collector.Receivers["otlp"]["protocols"]["grpc"]["endpoint"];
        Assert.All(Silos, name => Assert.Equal(new Uri($"http://collector:{grpc.Split(':')[1]}"), Settings(name).Otlp!.Endpoint));
        Assert.Equal("./collector.yaml:/etc/collector.yaml:ro", Assert.Single(_file.Services["collector"].Volumes));
        foreach (CollectorPipeline pipeline in collector.Service.Pipelines.Values)
        {
            Assert.Empty(pipeline.Receivers.Except(collector.Receivers.Keys));
            Assert.Empty(pipeline.Processors.Except(collector.Processors.Keys));
            Assert.Empty(pipeline.Exporters.Except(collector.Exporters.Keys));
        }
    }

    private IEnumerable<IPAddress> Subnet()
    {
        IPNetwork subnet = IPNetwork.Parse(_file.Networks["silos"].Ipam.Config.Single().Subnet);
        byte[] bytes = subnet.BaseAddress.GetAddressBytes();
        return Enumerable.Range(2, 253).Select(last => new IPAddress([bytes[0], bytes[1], bytes[2], (byte)last]));
    }

    // The password as the shell that starts compose would have it.
    private SiloSettings Settings(string name) => DeployedSilo.Of(_file.Services[name].Environment.Select(static one =>
        KeyValuePair.Create(one.Key, one.Value.Replace("${KV_DB_PASSWORD:?choose the database's password}", "hidden",
            StringComparison.Ordinal))));
}
