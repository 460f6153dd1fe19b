namespace OrleansShards.Tests.Partitions;

/// <summary>What happens to packets on their way.</summary>
internal enum LinkFaultKind
{
    /// <summary>All are dropped.</summary>
    Cut,

    /// <summary>A share is dropped, by chance.</summary>
    Loss,

    /// <summary>A share arrives twice, by chance.</summary>
    Duplication,

    /// <summary>A share takes a slow way, by chance, and is overtaken.</summary>
    Reordering,

    /// <summary>All take a slow way.</summary>
    Slowness,
}

/// <summary>A way through the network, in one direction.</summary>
/// <param name="From">The node that sends.</param>
/// <param name="To">The node that receives.</param>
internal sealed record Link(string From, string To)
{
    /// <summary>Each of some to each of others, and back.</summary>
    internal static IEnumerable<Link> Between(IEnumerable<string> some, IReadOnlyCollection<string> others) =>
        some.SelectMany(one => others.SelectMany(other => new[] { new Link(one, other), new Link(other, one) }));
}

/// <summary>Some links, and what is wrong with them.</summary>
internal sealed record LinkFault(LinkFaultKind Kind, IReadOnlyList<Link> Links);
