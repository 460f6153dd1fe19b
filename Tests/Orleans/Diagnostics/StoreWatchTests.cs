using Microsoft.Extensions.Logging.Testing;
using Orleans.Runtime;
using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Storage.InMemory;
using OrleansShards.Tests.Orleans.Client;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Diagnostics;

public sealed class StoreWatchTests
{
    private static readonly OpId Op = new(new Incarnation(7), 1);
    private static readonly StoreRequest Put = new StoreRequest.Put(Op, LogName.Master, new LogIndex(1), default);
    private static readonly StoreRequest Read = new StoreRequest.Read(Op, LogName.Master, new LogIndex(1), 1);

    private readonly HandClock _clock = new();
    private readonly FakeLogger<StoreWatch> _logger = new();
    private readonly FatalErrors _failures = new();
    private readonly StoreWatch _watch;

    public StoreWatchTests() => _watch = new StoreWatch(_clock, _failures, _logger);

    [Fact]
    public void Outage_HoweverManyRequestsFail_IsOneLineAtItsBeginningAndOneAtItsEnd()
    {
        for (int i = 0; i < 75; i++)
        {
            Failed(Put, "the server cannot be reached");
            Failed(Read, "the server cannot be reached");
            Pass(1);
        }

        Assert.Equal(["30 Error the store fails writes: the server cannot be reached"], Lines());
        Assert.Equal("the store fails writes: the server cannot be reached", _watch.WriteTrouble);
        Succeeded(Put);
        Succeeded(Read);
        Assert.Null(_watch.WriteTrouble);
        Pass(3);
        Assert.Equal("31 Information the store answers again, after 78.0 s with 150 failed requests", Lines()[1]);
        Assert.Equal(2, Lines().Length);
    }

    [Fact]
    public void FullDisk_WritesFailAndReadsSucceed_IsTroubleUntilAWriteSucceeds()
    {
        Failed(Put, "the disk is full");
        Succeeded(Read);
        Pass(10);
        Assert.Equal("the store fails writes: the disk is full", _watch.WriteTrouble);
        Succeeded(Put);
        Assert.Null(_watch.WriteTrouble);
        Assert.Equal("31 Information the store answers again, after 10.0 s with 1 failed requests", Lines()[1]);
    }

    [Fact]
    public void OneRequestFailsNowAndThen_IsOneTrouble()
    {
        for (int i = 0; i < 5; i++)
        {
            Failed(Read, "damaged");
            Succeeded(Read);
            Pass(1);
        }

        Assert.Single(Lines());
        Assert.Null(_watch.WriteTrouble);
        Pass(2);
        Assert.Equal(2, Lines().Length);
        Failed(Read, "damaged");
        Assert.Equal(3, Lines().Length);
    }

    [Fact]
    public void NothingIsWrittenAfterAFailure_TheTroubleIsForgotten()
    {
        Failed(Put, "the disk is full");
        Pass(29);
        Assert.NotNull(_watch.WriteTrouble);
        Pass(1);
        Assert.Null(_watch.WriteTrouble);
    }

    [Fact]
    public void LostRace_IsNoTrouble()
    {
        _watch.Completed(Put, new StoreCompletion.Put(Op, PutOutcome.Occupied, "another has it"));
        Assert.Null(_watch.WriteTrouble);
        Assert.Empty(Lines());
    }

    [Fact]
    public async Task StoreThatMustBeReopened_EndsTheSiloOnce()
    {
        await using FaultyLogStore store = new(new InMemoryLogStore());
        _watch.Guard(store);
        Failed(Put, "the server cannot be reached");
        Pass(1);
        Assert.Empty(_failures.Reasons);

        store.MustBeReopened = "the disk failed";
        Pass(1);
        Pass(1);
        Assert.Equal(["the disk failed"], _failures.Reasons);
        Assert.Contains("34 Critical this silo ends, as its store has to be opened again: the disk failed", Lines());
    }

    private void Failed(StoreRequest request, string reason) => _watch.Completed(
        request,
        request is StoreRequest.Put ? new StoreCompletion.Put(Op, PutOutcome.NotStored, reason) : new StoreCompletion.Failed(Op, reason));

    private void Succeeded(StoreRequest request) => _watch.Completed(
        request, request is StoreRequest.Put ? new StoreCompletion.Put(Op, PutOutcome.Stored) : new StoreCompletion.Done(Op));

    private void Pass(int seconds)
    {
        _clock.Move(TimeSpan.FromSeconds(seconds));
        _watch.Tick();
    }

    private string[] Lines() =>
        [.. _logger.Collector.GetSnapshot().Select(static line => $"{line.Id.Id} {line.Level} {line.Message}")];
}

/// <summary>Collects what would end a silo.</summary>
internal sealed class FatalErrors : IFatalErrorHandler
{
    internal List<string?> Reasons { get; } = [];

    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender, string? context, Exception? exception) => Reasons.Add(context);
}
