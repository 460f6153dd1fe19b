using System.Reflection;
using Orleans;
using OrleansShards.Core.Masters;
using OrleansShards.Grains.Interfaces.Transport;

namespace OrleansShards.Tests.Orleans.Client;

public sealed class NoticeSubscriptionTests
{
    [Fact]
    public async Task Dispose_OrleansFailsInAnUnforeseenWay_IsNoFailure()
    {
        IGrainFactory dead = DispatchProxy.Create<IGrainFactory, DeadSilo>();
        ClusterDefinition definition = new([new("n1")], [new("n1")], 1);
        NoticeSubscription subscription = new(dead, definition, TimeProvider.System, static _ => { });

        await subscription.DisposeAsync();

        Assert.True(((DeadSilo)dead).IsAsked);
    }
}

/// <summary>The factory of a silo that has died: it has no grains, and fails when a reference is released.</summary>
public class DeadSilo : DispatchProxy
{
    internal bool IsAsked { get; private set; }

    /// <inheritdoc />
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod?.Name != nameof(IGrainFactory.DeleteObjectReference))
            return null;

        IsAsked = true;
        throw new NotSupportedException("the silo has died");
    }
}
