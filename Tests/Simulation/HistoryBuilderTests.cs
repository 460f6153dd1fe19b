using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Tests.Simulation;

public sealed class HistoryBuilderTests
{
    private readonly HistoryBuilder _history = new();

    [Fact]
    public void Operations_AnsweredOpenAndRefused_AreTheFirstTwo()
    {
        int write = _history.Invoke(1, "k", KeyVerb.Write, "v", null, false, 5);
        int refused = _history.Invoke(2, "k", KeyVerb.Delete, null, null, false, 6);
        int read = _history.Invoke(3, "k", KeyVerb.Read, null, null, false, 7);
        _history.Forget(refused);
        _history.Return(read, 8, OperationResult.Done, "v");
        Assert.Equal(
            [
                new Operation(1, "k", KeyVerb.Write, "v", null, false, 5, null, OperationResult.Unknown, null) { InvokedOrder = 1 },
                new Operation(3, "k", KeyVerb.Read, null, null, false, 7, 8, OperationResult.Done, "v")
                {
                    InvokedOrder = 3,
                    ReturnedOrder = 4,
                },
            ],
            _history.Operations);
        Assert.Equal([2], _history.Refused.Select(operation => operation.Process));
        Assert.Equal("p1 5.. k: write v -> unknown", _history.Operations[write].ToString());
    }

    [Fact]
    public void Return_WhatCannotBe_Throws()
    {
        int read = _history.Invoke(1, "k", KeyVerb.Read, null, null, false, 5);
        Assert.Throws<ArgumentOutOfRangeException>(() => _history.Return(read, 4, OperationResult.Absent));
        Assert.Throws<ArgumentNullException>(() => _history.Return(read, 6, OperationResult.Done));
        _history.Return(read, 6, OperationResult.Absent);
        Assert.Throws<InvalidOperationException>(() => _history.Return(read, 7, OperationResult.Absent));
        Assert.Throws<InvalidOperationException>(() => _history.Forget(read));
        Assert.Throws<ArgumentException>(() => _history.Invoke(1, "k", KeyVerb.Write, null, null, false, 5));
        Assert.Throws<ArgumentException>(() => _history.Invoke(1, "k", KeyVerb.Read, "v", null, false, 5));
    }

    [Fact]
    public void Return_BeforeAnInvocationOfTheSameInstant_IsEarlier()
    {
        // One instant for all: only the order of the calls says that the read came after the write.
        _history.Return(_history.Invoke(1, "k", KeyVerb.Write, "v", null, false, 5), 5, OperationResult.Done);
        _history.Return(_history.Invoke(1, "k", KeyVerb.Read, null, null, false, 5), 5, OperationResult.Absent);
        Assert.Equal(LinearizabilityVerdict.NotLinearizable, LinearizabilityChecker.Check(_history.Operations).Verdict);
        Assert.True(_history.Operations[0].IsBefore(_history.Operations[1]));

        Operation[] orderless = [.. _history.Operations.Select(o => o with { InvokedOrder = 0, ReturnedOrder = 0 })];
        Assert.Equal(LinearizabilityVerdict.Linearizable, LinearizabilityChecker.Check(orderless).Verdict);
        Assert.False(orderless[0].IsBefore(orderless[1]));
    }
}
