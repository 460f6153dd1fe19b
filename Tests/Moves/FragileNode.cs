using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Moves;

/// <summary>
/// A node whose run ends when it is told to, at whatever comes next, and to whom and from whom messages are lost. The
/// host gives it a new run a while later, which knows what is in the store and nothing else.
/// </summary>
internal sealed class FragileNode(INode node, LocalLab lab) : INode
{
    /// <summary>Its next step fails.</summary>
    internal bool IsDoomed { get; set; }

    public NodeAddress Address => node.Address;

    /// <summary>Whether it leads the masters, as far as it knows.</summary>
    internal bool IsPrimary => node is MasterNode { Role: LogRole.Leading };

    public void Step(Instant now, Event happened, List<Effect> effects)
    {
        if (IsDoomed)
        {
            throw new InvalidOperationException("the test ends this run");
        }

        if (happened is Event.Called && lab.IsLost())
        {
            return;
        }

        node.Step(now, happened, effects);
        effects.RemoveAll(effect => effect is Effect.Answer && lab.IsLost());
    }
}
