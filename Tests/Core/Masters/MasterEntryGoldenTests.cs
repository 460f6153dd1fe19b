using System.Globalization;
using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Masters;

namespace OrleansShards.Tests.Core.Masters;

/// <summary>What is in logs out there stays readable: these bytes are never edited, only added to.</summary>
public sealed class MasterEntryGoldenTests
{
    public static TheoryData<string, string> Golden { get; } = new()
    {
        { "founded", "0102026E31026E320302673102673202673308" },
        { "assigned", "02050000" },
        { "assigned g2", "020501026732" },
        { "reported", "0305026732AC0201" },
        { "taken over", "0402026E31026E32020E020406080000" },
        { "taken over, redirected", "0402026E31026E32020E0204060801F0A1D201" },
        { "redirected", "0502F0A1D201" },
        { "hand-over", "06026E32" },
        { "hand-over cancelled", "07" },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Encode_IsAsItEverWas(string name, string hex)
    {
        MasterEntry entry = Sample(name);
        Assert.Equal(hex, Convert.ToHexString(MasterEntryCodec.Encode(entry)));
        Assert.Equal(entry, MasterEntryCodec.Decode(Convert.FromHexString(hex)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("08")]
    [InlineData("0700")]
    [InlineData("06026E")]
    [InlineData("0400026E31026E32020E020406080000")]
    [InlineData("0405026E31026E32020E020406080000")]
    [InlineData("02FFFFFFFF0F0000")]
    public void Decode_WhatNobodyWrote_IsCorrupt(string hex) =>
        Assert.Throws<CorruptDataException>(() => MasterEntryCodec.Decode(Convert.FromHexString(hex)));

    [Fact]
    public void Digest_OfKnownStates_IsAsItEverWas()
    {
        MasterState state = new();
        Assert.Equal("df8906d3e892dffc", Hex(state.Digest));
        state.Apply(default, MasterEntryCodec.Encode(Sample("founded")));
        state.Apply(default, MasterEntryCodec.Encode(Sample("assigned g2")));
        Assert.Equal("9d9680991dcd77c5", Hex(state.Digest));
    }

    private static string Hex(ulong digest) => digest.ToString("x16", CultureInfo.InvariantCulture);

    private static MasterEntry Sample(string name)
    {
        ShardId shard = new(5);
        TakeoverRecord takeover = MasterStateTests.Takeover(2);
        return name switch
        {
            "founded" => new MasterEntry.Founded(MasterStateTests.Cluster),
            "assigned" => new MasterEntry.Assigned(shard, null),
            "assigned g2" => new MasterEntry.Assigned(shard, new GroupId("g2")),
            "reported" => new MasterEntry.OwnerReported(shard, new GroupId("g2"), new Epoch(300), Empty: true),
            "taken over" => new MasterEntry.TakenOver(takeover),
            "taken over, redirected" => new MasterEntry.TakenOver(
                takeover with { Phases = takeover.Phases with { RedirectUs = 1_722_488 } }),
            "redirected" => new MasterEntry.Redirected(new Term(2), 1_722_488),
            "hand-over" => new MasterEntry.HandOver(new MasterName("n2")),
            "hand-over cancelled" => new MasterEntry.HandOverCancelled(),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such sample"),
        };
    }
}
