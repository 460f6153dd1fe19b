using System.Globalization;
using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;

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
        { "joined", "0802026732026733" },
        { "left", "0901026731" },
        { "pinned", "0A05026732" },
        { "wanted", "0B0502673200" },
        { "wanted, undo", "0B05026732AC02" },
        { "move begun", "0C05026732" },
        { "move settled", "0D0507AC020104060808070605040302" + "01" },
        { "move cancelled", "0D0507AC0200" },
        { "move aborted", "0E0507036E6F74" },
        { "move ended", "0F0507" + "01A006" },
        { "move ended, not measured", "0F050700" },
        { "groups added", "1002026734026735" },
        { "forgotten", "1101026734" },
        { "restore begun", "1202000430306666" },
        { "restore committed", "12030700" },
        { "left, with its time", "0901026731" + "01809CDABFC468" },
        { "move given up", "1305026732" },
        { "pinned, with traces", "0A05026732" + "02" },
        { "wanted, with traces and its time", "0B0502673200" + "03809CDABFC468" },
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
    [InlineData("10")]
    [InlineData("12")]
    [InlineData("12050700")]
    [InlineData("13")]
    [InlineData("0F050702")]
    [InlineData("14")]
    [InlineData("0700")]
    [InlineData("0704")]
    [InlineData("0703")]
    [InlineData("070200")]
    [InlineData("0701")]
    [InlineData("0701FFFFFFFFFFFFFFFFFF01")]
    [InlineData("0701809CDABFC46800")]
    [InlineData("06026E")]
    [InlineData("0400026E31026E32020E020406080000")]
    [InlineData("0407026E31026E32020E020406080000")]
    [InlineData("02FFFFFFFF0F0000")]
    public void Decode_WhatNobodyWrote_IsCorrupt(string hex) =>
        Assert.Throws<CorruptDataException>(() => MasterEntryCodec.Decode(Convert.FromHexString(hex)));

    [Fact]
    public void Digest_OfKnownStates_IsAsItEverWas()
    {
        MasterState state = new();
        Assert.Equal("8bb6d74ba13eb6ce", Hex(state.Digest));
        state.Apply(default, MasterEntryCodec.Encode(Sample("founded")));
        state.Apply(default, MasterEntryCodec.Encode(Sample("assigned g2")));
        Assert.Equal("2ab91d4e390ef2d8", Hex(state.Digest));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Restore_OfAnotherFormat_IsRefusedByName(byte format)
    {
        byte[] checkpoint = MasterStateCodec.Encode(new MasterState());
        Assert.Equal(2, checkpoint[4]);
        checkpoint[4] = format;
        CorruptDataException refused = Assert.Throws<CorruptDataException>(() => new MasterState().Restore(checkpoint));
        Assert.Equal($"the masters' checkpoint has format {format}, this version reads 2 to 6", refused.Message);
    }

    [Fact]
    public void Digest_OfAKnownStateWithMoves_IsAsItEverWas()
    {
        MasterState state = new();
        foreach (string name in (string[])["founded", "assigned g2", "joined", "left", "pinned"])
            state.Apply(default, MasterEntryCodec.Encode(Sample(name)));

        state.Apply(default, MasterEntryCodec.Encode(new MasterEntry.Wanted(new ShardId(5), new("g3"), MoveId.None)));
        state.Apply(default, MasterEntryCodec.Encode(new MasterEntry.MoveBegun(new ShardId(5), new("g3"))));
        Assert.Equal("488babd5ab2e2260", Hex(state.Digest));
    }

    [Fact]
    public void Digest_OfAKnownStateWithLaterGroups_IsAsItEverWas()
    {
        MasterState state = new();
        foreach (string name in (string[])["founded", "assigned g2", "groups added", "left", "pinned"])
            state.Apply(default, MasterEntryCodec.Encode(Sample(name)));

        Assert.Equal("0ff8eebe84842beb", Hex(state.Digest));
    }

    // Entries of the releases before replace pins and give moves up without a trace; those of this one leave the pin, and the time.
    [Fact]
    public void Digest_OfAStateWithTraces_IsAsItEverWas_AndWithoutThemAsBefore()
    {
        string[] names = ["founded", "assigned g2", "pinned"];
        MasterState before = After(names, keepsTraces: false);
        Assert.Equal((2, "e75dcb11d1ea6ce3"), (MasterStateCodec.Encode(before)[4], Hex(before.Digest)));
        Assert.Equal("74e2c1563f6df227", Hex(After(names, keepsTraces: true).Digest));
    }

    private static MasterState After(string[] names, bool keepsTraces)
    {
        MasterState state = new();
        foreach (string name in names)
            state.Apply(default, MasterEntryCodec.Encode(Sample(name)));

        ShardId shard = new(5);
        MasterEntry want = new MasterEntry.Wanted(shard, new("g3"), MoveId.None);
        MasterEntry abort = new MasterEntry.MoveAborted(shard, new MoveId(1), "so") { At = DateTimeOffset.UnixEpoch };
        state.Apply(default, MasterEntryCodec.Encode(want with { KeepsTraces = keepsTraces }));
        state.Apply(default, MasterEntryCodec.Encode(new MasterEntry.MoveBegun(shard, new("g3"))));
        state.Apply(default, MasterEntryCodec.Encode(abort with { KeepsTraces = keepsTraces }));
        return state;
    }

    private static string Hex(ulong digest) => digest.ToString("x16", CultureInfo.InvariantCulture);

    private static MasterEntry Sample(string name)
    {
        ShardId shard = new(5);
        TakeoverRecord takeover = MasterStateTests.Takeover(2);
        return name switch
        {
            "founded" => new MasterEntry.Created(MasterStateTests.Cluster),
            "left, with its time" => new MasterEntry.Left([new GroupId("g1")])
            {
                At = DateTimeOffset.FromUnixTimeMilliseconds(1_795_900_000_000),
            },
            "assigned" => new MasterEntry.Assigned(shard, null),
            "assigned g2" => new MasterEntry.Assigned(shard, new GroupId("g2")),
            "reported" => new MasterEntry.OwnerReported(shard, new GroupId("g2"), new Epoch(300), Empty: true),
            "taken over" => new MasterEntry.TakenOver(takeover),
            "taken over, redirected" => new MasterEntry.TakenOver(
                takeover with { Phases = takeover.Phases with { RedirectUs = 1_722_488 } }),
            "redirected" => new MasterEntry.Redirected(new Term(2), 1_722_488),
            "pinned, with traces" => new MasterEntry.Pinned(shard, new GroupId("g2")) { KeepsTraces = true },
            "wanted, with traces and its time" => new MasterEntry.Wanted(shard, new GroupId("g2"), MoveId.None)
            {
                At = DateTimeOffset.FromUnixTimeMilliseconds(1_795_900_000_000),
                KeepsTraces = true,
            },
            "move given up" => new MasterEntry.MoveCancelled(shard, new GroupId("g2")),
            "hand-over" => new MasterEntry.Switchover(new MasterName("n2")),
            "hand-over cancelled" => new MasterEntry.SwitchoverCancelled(),
            _ => MoveSample(name, shard),
        };
    }

    private static MasterEntry MoveSample(string name, ShardId shard)
    {
        GroupId g2 = new("g2");
        MoveId move = new(7);
        return name switch
        {
            "joined" => new MasterEntry.Joined([g2, new GroupId("g3")]),
            "left" => new MasterEntry.Left([new GroupId("g1")]),
            "groups added" => new MasterEntry.GroupsAdded([new GroupId("g4"), new GroupId("g5")]),
            "forgotten" => new MasterEntry.Forgotten([new GroupId("g4")]),
            "restore begun" => new MasterEntry.RestoreChanged(RestoreCommand.Begin, RestoreId.None, "00ff"),
            "restore committed" => new MasterEntry.RestoreChanged(RestoreCommand.Commit, new RestoreId(7), ""),
            "pinned" => new MasterEntry.Pinned(shard, g2),
            "wanted" => new MasterEntry.Wanted(shard, g2, MoveId.None),
            "wanted, undo" => new MasterEntry.Wanted(shard, g2, new MoveId(300)),
            "move begun" => new MasterEntry.MoveBegun(shard, g2),
            "move settled" => new MasterEntry.SealDecided(
                shard, move, new Epoch(300), new MoveReceipt(2, 3, 4, 0x0102030405060708)),
            "move cancelled" => new MasterEntry.SealDecided(shard, move, new Epoch(300), null),
            "move aborted" => new MasterEntry.MoveAborted(shard, move, "not"),
            "move ended" => new MasterEntry.MoveEnded(shard, move, 400),
            "move ended, not measured" => new MasterEntry.MoveEnded(shard, move, null),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such sample"),
        };
    }
}
