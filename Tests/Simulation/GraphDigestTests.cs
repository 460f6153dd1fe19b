using OrleansShards.Simulation.Exploring;

namespace OrleansShards.Tests.Simulation;

/// <summary>The digest of all that can be reached from an object.</summary>
public sealed class GraphDigestTests
{
    [Fact]
    public void Of_PrivateFieldDiffers_Differs() =>
        Assert.NotEqual(GraphDigest.Of(new Counter(1)), GraphDigest.Of(new Counter(2)));

    [Fact]
    public void Of_WhatADelegateHasCaptured_Counts()
    {
        Assert.NotEqual(GraphDigest.Of(Adder(1)), GraphDigest.Of(Adder(2)));
        Assert.Equal(GraphDigest.Of(Adder(1)), GraphDigest.Of(Adder(1)));
    }

    [Fact]
    public void Of_DictionaryFilledInAnotherOrder_IsEqual()
    {
        Dictionary<string, int> one = new() { ["a"] = 1, ["b"] = 2, ["c"] = 3 };
        Dictionary<string, int> other = new() { ["c"] = 3, ["x"] = 0, ["a"] = 1, ["b"] = 2 };
        other.Remove("x");
        Assert.Equal(GraphDigest.Of(one), GraphDigest.Of(other));
        other["b"] = 4;
        Assert.NotEqual(GraphDigest.Of(one), GraphDigest.Of(other));
    }

    [Fact]
    public void Of_ListInAnotherOrder_Differs() =>
        Assert.NotEqual(GraphDigest.Of(new List<int> { 1, 2 }), GraphDigest.Of(new List<int> { 2, 1 }));

    [Fact]
    public void Of_SharedAndEqualObjects_AreToldApart()
    {
        Counter shared = new(1);
        Assert.NotEqual(GraphDigest.Of(shared, shared), GraphDigest.Of(new Counter(1), new Counter(1)));
    }

    private static Func<int, int> Adder(int number) => other => number + other;

    private sealed class Counter(int value)
    {
        private readonly int _value = value;

        public override string ToString() => $"{_value}";
    }
}
