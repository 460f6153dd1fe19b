using OrleansShards.Client.Errors;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>Every outcome has its code, and definite codes stand for definite outcomes.</summary>
public sealed class ErrorTableTests
{
    [Theory]
    [InlineData(KeyVerdict.Absent, 20)]
    [InlineData(KeyVerdict.Differs, 22)]
    [InlineData(KeyVerdict.StaleSequence, 22)]
    public void Find_AVerdictOnAKey_HasItsCode(KeyVerdict verdict, int code)
    {
        Assert.Equal(code, (int)Rejected(new KeyReply(verdict, JsonText.Parse("7"))).Code);
    }

    [Theory]
    [InlineData(ShardRefusalKind.NotHeld, 20)]
    [InlineData(ShardRefusalKind.Moved, 22)]
    [InlineData(ShardRefusalKind.HandingOver, 11)]
    [InlineData(ShardRefusalKind.NotReady, 11)]
    [InlineData(ShardRefusalKind.WrongState, 22)]
    [InlineData(ShardRefusalKind.Malformed, 12)]
    public void Find_AShardsRefusal_HasItsCodeAndTheOwner(ShardRefusalKind kind, int code)
    {
        ErrorReply error = Rejected(new ShardRefusal(kind, "why", new GroupId("n2"), new Epoch(3)));

        Assert.Equal(new ErrorReply((ErrorCode)code, "why", null, new GroupId("n2")), error);
    }

    [Fact]
    public void Find_AFullShard_IsTemporarilyUnavailableWithTheLimit()
    {
        ShardRefusal full = new DataLimits().ShardFull(bytes: 1 << 30, growth: 7);

        Assert.Equal(
            new ErrorReply(
                ErrorCode.TemporarilyUnavailable,
                "not carried out, and it will not be: the shard is full: it holds 1,073,741,824 bytes, and this would add 7; "
                    + "expected at most 1,073,741,824 in all (option shard-bytes-max): delete keys, or raise the limit"),
            ErrorTable.Find(new ClientOutcome.NotApplied(full.Text, full)));
    }

    [Theory]
    [InlineData(MasterRefusalKind.UnknownName, 1)]
    [InlineData(MasterRefusalKind.WrongState, 22)]
    [InlineData(MasterRefusalKind.Unavailable, 11)]
    public void Find_AMastersRefusal_HasItsCodeAndThePrimary(MasterRefusalKind kind, int code)
    {
        ErrorReply error = Rejected(new MasterRefusal(kind, "why", new MasterName("n1")));

        Assert.Equal(new ErrorReply((ErrorCode)code, "why", new MasterName("n1")), error);
    }

    [Fact]
    public void Find_EveryKindOfRefusal_HasACode()
    {
        Assert.All(Enum.GetValues<ShardRefusalKind>(), static kind =>
            Rejected(new ShardRefusal(kind, "", null, default)));
        Assert.All(Enum.GetValues<MasterRefusalKind>(), static kind => Rejected(new MasterRefusal(kind, "", null)));
    }

    [Fact]
    public void Find_NotPrimary_SaysWhoIs()
    {
        var refusal = new NotPrimary(new MasterName("n2"), new Term(3), "I am the shadow");

        Assert.Equal(
            new ErrorReply(ErrorCode.TemporarilyUnavailable, "I am the shadow", new MasterName("n2")),
                Rejected(refusal));
    }

    [Fact]
    public void Find_NotApplied_IsDefiniteAndKeepsTheRedirect()
    {
        var refusal = new ShardRefusal(ShardRefusalKind.HandingOver, "", new GroupId("n2"), default);

        ErrorReply? error = ErrorTable.Find(new ClientOutcome.NotApplied("the shard is on its way", refusal));

        Assert.Equal(ErrorCode.TemporarilyUnavailable, error!.Code);
        Assert.Equal(new GroupId("n2"), error.Owner);
        Assert.Contains("the shard is on its way", error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_WhatNobodyKnows_IsIndefinite()
    {
        Assert.Equal(ErrorCode.Timeout, ErrorTable.Find(new ClientOutcome.Unknown("lost"))!.Code);
        Assert.Equal(ErrorCode.Timeout, Rejected(new ShardUnknown("lost")).Code);
        Assert.Equal(ErrorCode.Timeout, Rejected(new MasterUnknown("lost")).Code);
        Assert.Equal(ErrorCode.Crash, Rejected(ShardDone.Instance).Code);
    }

    [Fact]
    public void Find_Applied_IsNoError()
    {
        Assert.Null(ErrorTable.Find(FakeCluster.Applied(ShardDone.Instance)));
        Assert.Null(ErrorTable.Find(FakeCluster.Applied(new KeyReply(KeyVerdict.Done, default))));
    }

    private static ErrorReply Rejected(Message reply)
    {
        ErrorReply? error = ErrorTable.Find(new ClientOutcome.Rejected(reply));
        Assert.NotNull(error);
        return error;
    }
}
