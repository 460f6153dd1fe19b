using YamlDotNet.Serialization;

namespace OrleansShards.Tests.Deploy;

/// <summary>What of the Compose specification is used. A key that is not here, a mistyped one for instance, is an error.</summary>
internal sealed class ComposeFile
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = "";

    [YamlMember(Alias = "x-silo")]
    public ComposeService Silo { get; set; } = new();

    [YamlMember(Alias = "x-silo-environment")]
    public Dictionary<string, string> SiloEnvironment { get; set; } = [];

    [YamlMember(Alias = "services")]
    public Dictionary<string, ComposeService> Services { get; set; } = [];

    [YamlMember(Alias = "networks")]
    public Dictionary<string, ComposeNetwork> Networks { get; set; } = [];

    [YamlMember(Alias = "volumes")]
    public Dictionary<string, Dictionary<string, string>> Volumes { get; set; } = [];

    [YamlMember(Alias = "secrets")]
    public Dictionary<string, Dictionary<string, string>> Secrets { get; set; } = [];
}

/// <summary>A service.</summary>
internal sealed class ComposeService
{
    [YamlMember(Alias = "image")]
    public string? Image { get; set; }

    [YamlMember(Alias = "build")]
    public Dictionary<string, string> Build { get; set; } = [];

    [YamlMember(Alias = "command")]
    public List<string> Command { get; set; } = [];

    [YamlMember(Alias = "environment")]
    public Dictionary<string, string> Environment { get; set; } = [];

    [YamlMember(Alias = "depends_on")]
    public Dictionary<string, Dictionary<string, string>> DependsOn { get; set; } = [];

    [YamlMember(Alias = "restart")]
    public string? Restart { get; set; }

    [YamlMember(Alias = "stop_grace_period")]
    public string? StopGracePeriod { get; set; }

    [YamlMember(Alias = "secrets")]
    public List<string> Secrets { get; set; } = [];

    [YamlMember(Alias = "read_only")]
    public bool ReadOnly { get; set; }

    [YamlMember(Alias = "tmpfs")]
    public List<string> Tmpfs { get; set; } = [];

    [YamlMember(Alias = "cap_drop")]
    public List<string> CapDrop { get; set; } = [];

    [YamlMember(Alias = "security_opt")]
    public List<string> SecurityOpt { get; set; } = [];

    [YamlMember(Alias = "networks")]
    public Dictionary<string, ComposeAddress> Networks { get; set; } = [];

    [YamlMember(Alias = "ports")]
    public List<string> Ports { get; set; } = [];

    [YamlMember(Alias = "volumes")]
    public List<string> Volumes { get; set; } = [];

    [YamlMember(Alias = "healthcheck")]
    public ComposeHealthCheck? HealthCheck { get; set; }
}

/// <summary>A service's address in a network.</summary>
internal sealed class ComposeAddress
{
    [YamlMember(Alias = "ipv4_address")]
    public string? Address { get; set; }
}

/// <summary>How the engine learns that a service is healthy.</summary>
internal sealed class ComposeHealthCheck
{
    [YamlMember(Alias = "test")]
    public List<string> Test { get; set; } = [];

    [YamlMember(Alias = "interval")]
    public string? Interval { get; set; }

    [YamlMember(Alias = "timeout")]
    public string? Timeout { get; set; }

    [YamlMember(Alias = "retries")]
    public int Retries { get; set; }
}

/// <summary>A network.</summary>
internal sealed class ComposeNetwork
{
    [YamlMember(Alias = "ipam")]
    public ComposeIpam Ipam { get; set; } = new();
}

/// <summary>A network's addresses.</summary>
internal sealed class ComposeIpam
{
    [YamlMember(Alias = "config")]
    public List<ComposeSubnet> Config { get; set; } = [];
}

/// <summary>A range of addresses.</summary>
internal sealed class ComposeSubnet
{
    [YamlMember(Alias = "subnet")]
    public string Subnet { get; set; } = "";
}
