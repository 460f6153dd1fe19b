using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization.Serializers;
using Orleans.Storage;
using OrleansShards.Grains.Storage;
using OrleansShards.Storage;

namespace OrleansShards.Tests.Orleans.Storage;

/// <summary>What grains expect of their storage, for each of our stores.</summary>
public abstract class LogGrainStorageConformance(StorageSilo silo) : IAsyncLifetime
{
    private static readonly GrainId Id = GrainId.Create("cart", "of/ann");

    private ILogStore _store = null!;
    private LogGrainStorage _storage = null!;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected abstract ValueTask<ILogStore> OpenAsync();

    public virtual async ValueTask InitializeAsync()
    {
        _store = await OpenAsync();
        _storage = Over(_store);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await (_store?.DisposeAsync() ?? ValueTask.CompletedTask);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Read_NothingThere_IsANewState()
    {
        GrainState<Cart> state = await ReadAsync();
        Assert.False(state.RecordExists);
        Assert.Null(state.ETag);
        Assert.Equal(0, Assert.IsType<Cart>(state.State).Items);
    }

    [Fact]
    public async Task Write_ThenRead_IsThereWithANewETagEachTime()
    {
        GrainState<Cart> state = await ReadAsync();
        await WriteAsync(state, 1);
        string? first = state.ETag;
        await WriteAsync(state, 2);

        GrainState<Cart> read = await ReadAsync();
        Assert.Equal((2, state.ETag, true), (read.State!.Items, read.ETag, read.RecordExists));
        Assert.NotEqual(first, state.ETag);
        Assert.NotNull(first);
    }

    [Fact]
    public async Task Write_OldETag_IsRefusedWithBothHoweverManyWritesAgo()
    {
        GrainState<Cart> state = new(new Cart());
        await WriteAsync(state, 1);
        GrainState<Cart> stale = new(new Cart(), state.ETag) { RecordExists = true };
        for (int items = 2; items <= 5; items++)
        {
            await WriteAsync(state, items);
            InconsistentStateException refusal = await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(stale, 99));
            Assert.Equal((state.ETag, stale.ETag), (refusal.StoredEtag, refusal.CurrentEtag));
        }

        Assert.Equal(5, (await ReadAsync()).State!.Items);
    }

    [Fact]
    public async Task Write_WithoutETagWhereOneIs_IsRefused()
    {
        await WriteAsync(new(new Cart()), 1);
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(new(new Cart()), 2));
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(new(new Cart(), "not one of ours"), 2));
        Assert.Equal(1, (await ReadAsync()).State!.Items);
    }

    [Fact]
    public async Task Clear_ThenCreate_WorksAndOldETagsStayRefused()
    {
        GrainState<Cart> state = new(new Cart());
        await WriteAsync(state, 1);
        GrainState<Cart> stale = new(new Cart(), state.ETag) { RecordExists = true };

        await _storage.ClearStateAsync("cart", Id, state);

        Assert.False(state.RecordExists);
        Assert.Equal(0, state.State!.Items);
        GrainState<Cart> read = await ReadAsync();
        Assert.Equal((false, 0, state.ETag), (read.RecordExists, read.State!.Items, read.ETag));
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(stale, 99));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.ClearStateAsync("cart", Id, stale));

        await WriteAsync(new(new Cart()), 2);
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(state, 3));
        Assert.Equal(2, (await ReadAsync()).State!.Items);
    }

    [Fact]
    public async Task Clear_NothingThereOrAgain_IsDone()
    {
        GrainState<Cart> state = await ReadAsync();
        await _storage.ClearStateAsync("cart", Id, state);
        await WriteAsync(state, 1);
        await _storage.ClearStateAsync("cart", Id, state);
        await _storage.ClearStateAsync("cart", Id, state);
        Assert.False((await ReadAsync()).RecordExists);
        await WriteAsync(state, 2);
        Assert.Equal(2, (await ReadAsync()).State!.Items);
    }

    [Fact]
    public async Task Write_ManyFromOneVersion_ExactlyOneWins()
    {
        string? etag = null;
        for (int round = 0; round < 20; round++)
        {
            GrainState<Cart>?[] won = await Task.WhenAll(Enumerable.Range(1, 8).Select(writer => Task.Run(
                async () =>
                {
                    GrainState<Cart> state = new(new Cart(), etag) { RecordExists = etag is not null };
                    try
                    {
                        await WriteAsync(state, writer);
                        return state;
                    }
                    catch (InconsistentStateException)
                    {
                        return null;
                    }
                },
                Stop)));

            GrainState<Cart> winner = Assert.Single(won, static state => state is not null)!;
            GrainState<Cart> read = await ReadAsync();
            Assert.Equal((winner.State!.Items, winner.ETag), (read.State!.Items, read.ETag));
            etag = read.ETag;
        }
    }

    [Fact]
    public async Task Keys_AlikeInParts_AreKeptApart()
    {
        (string Name, GrainId Id)[] all =
        [
            ("a", GrainId.Create("b", "c/d")), ("a/b", GrainId.Create("c", "d")), ("a", GrainId.Create("b/c", "d")),
            ("a%2Fb", GrainId.Create("c", "d")), ("A", GrainId.Create("b", "c/d")),
        ];
        for (int i = 0; i < all.Length; i++)
        {
            GrainState<Cart> state = new(new Cart { Items = i });
            await _storage.WriteStateAsync(all[i].Name, all[i].Id, state);
        }

        for (int i = 0; i < all.Length; i++)
        {
            GrainState<Cart> read = new();
            await _storage.ReadStateAsync(all[i].Name, all[i].Id, read);
            Assert.Equal(i, read.State!.Items);
        }
    }

    [Fact]
    public async Task Write_AcknowledgementLost_IsSettledByReadingBack()
    {
        await using LostAcknowledgements lossy = new(_store);
        GrainState<Cart> state = new(new Cart { Items = 7 });
        await Over(lossy).WriteStateAsync("cart", Id, state);

        GrainState<Cart> read = await ReadAsync();
        Assert.Equal((7, state.ETag), (read.State!.Items, read.ETag));
        Assert.Equal(1, lossy.Lost);
    }

    private LogGrainStorage Over(ILogStore store) => new(
        new StoreSource(store),
        silo.Services.GetRequiredService<IGrainStorageSerializer>(),
        silo.Services.GetRequiredService<IActivatorProvider>());

    private async Task<GrainState<Cart>> ReadAsync()
    {
        GrainState<Cart> state = new();
        await _storage.ReadStateAsync("cart", Id, state);
        return state;
    }

    private Task WriteAsync(GrainState<Cart> state, int items)
    {
        state.State = new Cart { Items = items };
        return _storage.WriteStateAsync("cart", Id, state);
    }
}
