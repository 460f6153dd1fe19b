namespace OrleansShards.Tests.House;

/// <summary>A rule about how a file looks: says where it is not kept.</summary>
internal sealed record TidyRule(string Name, Func<SourceFile, IEnumerable<Finding>> Check)
{
    public override string ToString() => Name;
}
