using OrleansShards.Core.Nodes;

namespace OrleansShards.Tests.Core.TestHost;

/// <summary>A request that the test itself has made.</summary>
public sealed class TestCall
{
    /// <summary>The answers, normally one.</summary>
    public List<Message> Replies { get; } = [];

    /// <summary>The answer; null while there is none.</summary>
    public Message? Reply => Replies.Count == 0 ? null : Replies[0];
}
