using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Simulation.Exploring;

namespace OrleansShards.Tests.Simulation;

/// <summary>The digest of all that can be reached from an object.</summary>
public sealed class GraphDigestTests
{
    [Fact]
    public void Of_PrivateFieldDiffers_Differs() =>
        Assert.NotEqual(Of(new Counter(1)), Of(new Counter(2)));

    [Fact]
    public void Of_WhatADelegateHasCaptured_Counts()
    {
        Assert.NotEqual(Of(Adder(1)), Of(Adder(2)));
        Assert.Equal(Of(Adder(1)), Of(Adder(1)));
    }

    [Fact]
    public void Of_DictionaryFilledInAnotherOrder_IsEqual()
    {
        Dictionary<string, int> one = new() { ["a"] = 1, ["b"] = 2, ["c"] = 3 };
        Dictionary<string, int> other = new() { ["c"] = 3, ["x"] = 0, ["a"] = 1, ["b"] = 2 };
        other.Remove("x");
        Assert.Equal(Of(one), Of(other));
        other["b"] = 4;
        Assert.NotEqual(Of(one), Of(other));
    }

    [Fact]
    public void Of_ListInAnotherOrder_Differs() =>
        Assert.NotEqual(Of(new List<int> { 1, 2 }), Of(new List<int> { 2, 1 }));

    [Fact]
    public void Of_SharedAndEqualObjects_AreToldApart()
    {
        Counter shared = new(1);
        Assert.NotEqual(Of(shared, shared), Of(new Counter(1), new Counter(1)));
    }

    [Fact]
    public void Of_CallsWithOtherNumbers_GoByWhatTheyAsk()
    {
        (CallId one, CallId other) = (new CallId(new Incarnation(7), 1), new CallId(new Incarnation(7), 2));
        RunNames oneFirst = Named((one, 1), (other, 2));
        RunNames otherFirst = Named((one, 2), (other, 1));
        Assert.Equal(GraphDigest.Of(oneFirst, one), GraphDigest.Of(otherFirst, other));
        Assert.NotEqual(GraphDigest.Of(oneFirst, one), GraphDigest.Of(oneFirst, other));
    }

    [Fact]
    public void Of_SecondCallOfTheSame_Differs()
    {
        (CallId one, CallId other) = (new CallId(new Incarnation(7), 1), new CallId(new Incarnation(7), 2));
        RunNames names = Named((one, 1), (other, 1));
        Assert.NotEqual(GraphDigest.Of(names, one), GraphDigest.Of(names, other));
    }

    [Fact]
    public void Of_CallAfterOneThatHasEnded_IsTheFirstAgain()
    {
        (CallId one, CallId other) = (new CallId(new Incarnation(7), 1), new CallId(new Incarnation(7), 2));
        RunNames names = Named((one, 1));
        Digest128 first = GraphDigest.Of(names, one);
        names.End(one);
        names.Add(other, Digest128.Empty.With(1));
        Assert.Equal(first, GraphDigest.Of(names, other));
    }

    [Fact]
    public void Of_OpenCallsInAnotherOrder_Differs()
    {
        (CallId one, CallId other) = (new CallId(new Incarnation(7), 1), new CallId(new Incarnation(7), 2));
        Dictionary<CallId, int> open = new() { [one] = 0, [other] = 0 };
        Assert.NotEqual(GraphDigest.Of(Named((one, 1), (other, 2)), open), GraphDigest.Of(Named((one, 2), (other, 1)), open));
    }

    [Fact]
    public void Of_CallWithoutAName_IsRefused() =>
        Assert.Throws<InvalidOperationException>(static () => Of(new CallId(new Incarnation(7), 1)));

    private static Digest128 Of(params ReadOnlySpan<object?> roots) => GraphDigest.Of(new RunNames(), roots);

    private static RunNames Named(params ReadOnlySpan<(CallId Id, int What)> calls)
    {
        RunNames names = new();
        foreach ((CallId id, int what) in calls)
            names.Add(id, Digest128.Empty.With((ulong)what));

        return names;
    }

    private static Func<int, int> Adder(int number) => other => number + other;

    private sealed class Counter(int value)
    {
        private readonly int _value = value;

        public override string ToString() => $"{_value}";
    }
}
