using YamlDotNet.Serialization;

namespace OrleansShards.Tests.Deploy;

/// <summary>What of a collector's configuration its parts refer to.</summary>
internal sealed class CollectorFile
{
    [YamlMember(Alias = "receivers")]
    public Dictionary<string, Dictionary<string, Dictionary<string, Dictionary<string, string>>>> Receivers { get; set; } = [];

    [YamlMember(Alias = "processors")]
    public Dictionary<string, object> Processors { get; set; } = [];

    [YamlMember(Alias = "exporters")]
    public Dictionary<string, object> Exporters { get; set; } = [];

    [YamlMember(Alias = "service")]
    public CollectorService Service { get; set; } = new();
}

/// <summary>What it runs.</summary>
internal sealed class CollectorService
{
    [YamlMember(Alias = "pipelines")]
    public Dictionary<string, CollectorPipeline> Pipelines { get; set; } = [];
}

/// <summary>From where to where, by name.</summary>
internal sealed class CollectorPipeline
{
    [YamlMember(Alias = "receivers")]
    public List<string> Receivers { get; set; } = [];

    [YamlMember(Alias = "processors")]
    public List<string> Processors { get; set; } = [];

    [YamlMember(Alias = "exporters")]
    public List<string> Exporters { get; set; } = [];
}
