using Orleans;
using OrleansShards.Grains.Interfaces;

namespace OrleansShards.Tests.Orleans.Moves;

/// <summary>
/// Loses what nodes say to masters and shards, before it is carried out or when it is to be answered. What silos ask to
/// find out where the masters live comes through: that is no message of the protocol.
/// </summary>
internal sealed class LossyCalls : IIncomingGrainCallFilter
{
    private volatile int _lossPercent;

    /// <summary>How many of a hundred are lost, each way.</summary>
    internal int LossPercent
    {
        set => _lossPercent = value;
    }

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        bool isOurs = context.TargetId.Type.ToString()
            is "orleans-shards.shard" or "orleans-shards.master" or "orleans-shards.shadow"
            && context.MethodName is not (nameof(IMasterRole.Silo) or nameof(IMasterRole.Create) or nameof(IMasterRole.Subscribe));
        LoseSome(isOurs);
        await context.Invoke();
        LoseSome(isOurs);
    }

    private void LoseSome(bool isOurs)
    {
        if (isOurs && Random.Shared.Next(100) < _lossPercent)
            throw new TimeoutException("the test has lost this message");
    }
}
