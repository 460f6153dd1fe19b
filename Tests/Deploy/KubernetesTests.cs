using System.Net;
using k8s;
using k8s.Models;
using OrleansShards.Silo.Cli;
using OrleansShards.Silo.Telemetry;

namespace OrleansShards.Tests.Deploy;

/// <summary>
/// <c>deploy/kubernetes.yaml</c>, as far as this can be seen without a cluster: Kubernetes' own types read it, and refuse what they do not
/// know.
/// </summary>
public sealed class KubernetesTests
{
    private const long BytesForAllElse = 512L << 20;

    private readonly List<object> _objects = KubernetesYaml.LoadAllFromString(DeployedSilo.Text("kubernetes.yaml"), null, strict: true);

    private V1StatefulSet Set => One<V1StatefulSet>();

    private V1PodSpec Pod => Set.Spec.Template.Spec;

    private V1Container Container => Assert.Single(Pod.Containers);

    [Fact]
    public void Pods_AreOneCluster_WithOptionsThatTheSiloTakes()
    {
        SiloSettings[] silos = [.. Enumerable.Range(0, Set.Spec.Replicas!.Value).Select(Settings)];

        DeployedSilo.AssertOneCluster(silos);
        Assert.All(silos.Index(), one => Assert.Equal($"{Set.Metadata.Name}-{one.Index}", one.Item.Name));
        Assert.All(silos, static one => Assert.Equal(ClusterKind.Postgres, one.Kind));
    }

    [Fact]
    public void Ports_AreTheSilos_AndEverythingThatNamesThem()
    {
        SiloSettings settings = Settings(0);
        Dictionary<string, int> ports = Container.Ports.ToDictionary(static port => port.Name, static port => port.ContainerPort);
        Assert.Equal(
            new() { ["silos"] = settings.SiloPort, ["clients"] = settings.GatewayPort, ["http"] = settings.HttpPort }, ports);
        string[] named =
        [
            .. All<V1Service>().SelectMany(static service => service.Spec.Ports).Select(static port => port.TargetPort.Value),
            .. One<V1NetworkPolicy>().Spec.Ingress.SelectMany(static rule => rule.Ports).Select(static port => port.Port.Value),
            .. Probes().Select(static probe => probe.HttpGet.Port.Value),
        ];
        Assert.All(named, name => Assert.Contains(name, ports.Keys));
    }

    [Fact]
    public void EverySelector_FindsThePods()
    {
        IDictionary<string, string> labels = Set.Spec.Template.Metadata.Labels;
        IDictionary<string, string>[] selectors =
        [
            Set.Spec.Selector.MatchLabels, One<V1PodDisruptionBudget>().Spec.Selector.MatchLabels,
            One<V1NetworkPolicy>().Spec.PodSelector.MatchLabels, .. All<V1Service>().Select(static service => service.Spec.Selector),
            .. Pod.TopologySpreadConstraints.Select(static spread => spread.LabelSelector.MatchLabels),
        ];
        Assert.All(selectors, selector =>
        {
            Assert.NotEmpty(selector);
            Assert.All(selector, one => Assert.Equal(one.Value, labels[one.Key]));
        });
        Assert.Contains(All<V1Service>(), service => service.Metadata.Name == Set.Spec.ServiceName && service.Spec.ClusterIP == "None");
        Assert.Equal("1", One<V1PodDisruptionBudget>().Spec.MaxUnavailable.Value);
    }

    [Fact]
    public void Probes_AskForHealth_AsLongAsItMayTake()
    {
        Assert.Equal("/health/live", Container.LivenessProbe.HttpGet.Path);
        Assert.Equal("/health/live", Container.StartupProbe.HttpGet.Path);
        Assert.Equal("/health/ready", Container.ReadinessProbe.HttpGet.Path);

        // The silo answers within 1.5 s.
        Assert.True(Container.ReadinessProbe.TimeoutSeconds >= 2, "a readiness probe has two seconds");

        // It ends itself first, with a line that says why.
        Assert.True(Spent(Container.LivenessProbe) > Settings(0).HangAfter, "a liveness probe is behind --hang-after-ms");
        Assert.All(Probes(), static probe => Assert.Null(probe.HttpGet.HttpHeaders));
        Assert.All(Probes(), probe => Assert.Equal(Settings(0).HttpTls is not null, probe.HttpGet.Scheme == "HTTPS"));
        Assert.Contains(Settings(0).Advertised.ToString(), Settings(0).AllowedHosts);
    }

    [Fact]
    public void Http_IsReachedByPortForwards_AndMetricsAreFoundByTheirAnnotations()
    {
        SiloSettings settings = Settings(0);
        Assert.Equal(IPAddress.Any, settings.HttpBind);
        Assert.Contains("localhost", settings.AllowedHosts);
        IDictionary<string, string> annotations = Set.Spec.Template.Metadata.Annotations;
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["prometheus.io/scrape"] = "true",
                ["prometheus.io/port"] = $"{settings.HttpPort}",
                ["prometheus.io/path"] = SiloTelemetry.Path,
            },
            annotations);
        Assert.Null(settings.HttpTls);
    }

    [Fact]
    public void Keys_AreASecret_WhichTheSilosUserCanRead_AndWhichIsBroughtWhenItChanges()
    {
        string file = Container.Env.Single(static one => one.Name == "ORLEANSSHARDS_SILO_API_KEY_FILE").Value;
        V1VolumeMount mount = Assert.Single(Container.VolumeMounts, mount => mount.MountPath == Path.GetDirectoryName(file));
        Assert.Equal((true, null), (mount.ReadOnlyProperty, mount.SubPath));
        V1SecretVolumeSource secret = Pod.Volumes.Single(volume => volume.Name == mount.Name).Secret;
        Assert.Equal(Convert.ToInt32("440", 8), secret.DefaultMode);
        Assert.NotNull(Pod.SecurityContext.FsGroup);
        string made = $"create secret generic {secret.SecretName} \\\n#       --from-literal={Path.GetFileName(file)}=";
        Assert.Contains(made, DeployedSilo.Text("kubernetes.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public void Stop_HasItsTime_AndEndpointsAreGoneBefore()
    {
        DeployedSilo.AssertStopFits(TimeSpan.FromSeconds(Pod.TerminationGracePeriodSeconds!.Value), Settings(0));
        Assert.True(Spent(Container.ReadinessProbe) < Settings(0).Drain, "a silo drains until its readiness was seen to have ended");
        Assert.Null(Container.Lifecycle);
    }

    [Fact]
    public void Silo_HasTheMemoryThatItsShardsMayTake()
    {
        long limit = (long)Container.Resources.Limits["memory"].ToDecimal();
        Assert.True(limit >= (2 * Settings(0).Limits.SiloBytesMax) + BytesForAllElse, $"{limit} bytes are too few");
    }

    [Fact]
    public void Silo_IsNobodySpecial()
    {
        Assert.Equal((true, 1654), (Pod.SecurityContext.RunAsNonRoot, Pod.SecurityContext.RunAsUser));
        Assert.Equal((true, false), (Container.SecurityContext.ReadOnlyRootFilesystem, Container.SecurityContext.AllowPrivilegeEscalation));
        Assert.Equal(["ALL"], Container.SecurityContext.Capabilities.Drop);
        Assert.False(Pod.AutomountServiceAccountToken);
        Assert.DoesNotContain(Container.Env, static one => one.Value?.Contains("Password", StringComparison.OrdinalIgnoreCase) == true);
    }

    private IEnumerable<V1Probe> Probes() => [Container.StartupProbe, Container.LivenessProbe, Container.ReadinessProbe];

    private static TimeSpan Spent(V1Probe probe) => TimeSpan.FromSeconds(probe.PeriodSeconds!.Value * probe.FailureThreshold!.Value);

    private T One<T>() => Assert.Single(All<T>());

    private IEnumerable<T> All<T>() => _objects.OfType<T>();

    // As the kubelet does it: fields and secrets first, and $(NAME) by what stands before it.
    private SiloSettings Settings(int pod)
    {
        Dictionary<string, string> known = new(StringComparer.Ordinal);
        foreach (V1EnvVar one in Container.Env)
        {
            known[one.Name] = one.ValueFrom switch
            {
                { FieldRef.FieldPath: "metadata.name" } => $"{Set.Metadata.Name}-{pod}",
                { FieldRef.FieldPath: "status.podIP" } => $"10.0.0.{pod + 1}",
                { SecretKeyRef: not null } => "Host=db;Database=kv;Username=kv;Password=hidden",
                null => known.Aggregate(one.Value, static (text, other) =>
                    text.Replace($"$({other.Key})", other.Value, StringComparison.Ordinal)),
                _ => throw new InvalidOperationException($"{one.Name} comes from elsewhere"),
            };
        }

        return DeployedSilo.Of(known);
    }
}
