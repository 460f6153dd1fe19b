using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Hosting;
using OrleansShards.Storage;
using OrleansShards.Storage.InMemory;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.Tests.Hosting;

public sealed class InProcessClusterTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Submit_WriteThenRead_GivesTheTextThatWasWritten()
    {
        await using InProcessCluster cluster = await OpenAsync(new InMemoryLogStore());
        await AskAsync(cluster, Key(KeyVerb.Write, """{"b":1.0,"a":[ ]}"""));

        ClientOutcome.Applied read = Assert.IsType<ClientOutcome.Applied>(await AskAsync(cluster, Key(KeyVerb.Read)));
        Assert.Equal("""{"b":1.0,"a":[ ]}""", ((KeyReply)read.Reply).Value.ToString());
    }

    [Fact]
    public async Task Open_SameStoreAgain_GoesOnWithWhatWasWritten()
    {
        string directory = Directory.CreateTempSubdirectory("orleansshards-reopen-").FullName;
        try
        {
            await using (InProcessCluster first = await OpenAsync(await SqliteAsync(directory)))
            {
                Assert.IsType<ClientOutcome.Applied>(await AskAsync(first, Key(KeyVerb.Write, "7")));
            }

            await using InProcessCluster second = await OpenAsync(await SqliteAsync(directory));
            ClientOutcome outcome = await AskAsync(second, Key(KeyVerb.Read));
            ClientOutcome.Applied read = Assert.IsType<ClientOutcome.Applied>(outcome);
            Assert.Equal("7", ((KeyReply)read.Reply).Value.ToString());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Open_StoreOfAnotherCluster_SaysWhatWasFoundAndExpected_AndChangesNothing()
    {
        string directory = Directory.CreateTempSubdirectory("orleansshards-other-").FullName;
        try
        {
            await using (InProcessCluster first = await OpenAsync(await SqliteAsync(directory)))
            {
                Assert.IsType<ClientOutcome.Applied>(await AskAsync(first, Key(KeyVerb.Write, "7")));
            }

            SqliteLogStore store = await SqliteAsync(directory);
            ClusterMismatchException error = await Assert.ThrowsAsync<ClusterMismatchException>(
                () => OpenAsync(store, shards: 8));
            Assert.Contains("16 shards", error.Message, StringComparison.Ordinal);
            Assert.Contains("8 shards", error.Message, StringComparison.Ordinal);

            await using InProcessCluster again = await OpenAsync(await SqliteAsync(directory));
            Assert.IsType<ClientOutcome.Applied>(await AskAsync(again, Key(KeyVerb.Read)));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Submit_UnknownGroup_IsNotApplied()
    {
        await using InProcessCluster cluster = await OpenAsync(new InMemoryLogStore());
        ClientOutcome outcome = await AskAsync(
            cluster,
            new ClientRequest.OfShard(new GroupId("nobody"), new ShardId(0), new QueryAvailability()),
            TimeSpan.FromMilliseconds(50));
        Assert.Contains("nobody", Assert.IsType<ClientOutcome.NotApplied>(outcome).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TriggerFailover_ThenKeys_AreServedOn_AndTheSameRequestGetsTheSameAnswer()
    {
        await using InProcessCluster cluster = await OpenAsync(new InMemoryLogStore());
        Assert.IsType<ClientOutcome.Applied>(await AskAsync(cluster, Key(KeyVerb.Write, "1")));
        ClientRequest failover = new ClientRequest.OfPrimary(new TriggerFailover(new MasterName("n1")));
        ClientOutcome first = await AskAsync(cluster, failover);
        ClientOutcome second = await AskAsync(cluster, failover);

        Assert.Equal(first, second);
        FailoverReply reply = Assert.IsType<FailoverReply>(Assert.IsType<ClientOutcome.Applied>(first).Reply);
        Assert.Equal(new MasterName("n2"), reply.NewPrimary);
        Assert.IsType<ClientOutcome.Applied>(await AskAsync(cluster, Key(KeyVerb.Read)));
    }

    private static Task<InProcessCluster> OpenAsync(ILogStore store, int shards = 16) => InProcessCluster.OpenAsync(
        store,
        new InProcessClusterOptions
        {
            Definition = new ClusterDefinition(
                [new MasterName("n1"), new MasterName("n2")], [new GroupId("n1"), new GroupId("n2")], shards),
        });

    private static Task<SqliteLogStore> SqliteAsync(string directory) => SqliteLogStore.OpenAsync(
        new SqliteLogStoreOptions { Directory = directory }, TestContext.Current.CancellationToken);

    private static ClientRequest.OnKey Key(KeyVerb verb, string? value = null) => new(
        new KeyCommand(verb, JsonText.Parse("\"k\""), value is null ? default : JsonText.Parse(value), default, false),
        null,
        SessionTag.None);

    private static Task<ClientOutcome> AskAsync(
        InProcessCluster cluster, ClientRequest request, TimeSpan? deadline = null)
    {
        Receiver receiver = new();
        cluster.Post(() => cluster.Submit(request, deadline ?? Deadline, receiver));
        return receiver.Outcome.Task.WaitAsync(Deadline, TestContext.Current.CancellationToken);
    }

    private sealed class Receiver : IOutcomeReceiver
    {
        internal TaskCompletionSource<ClientOutcome> Outcome { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Completed(ClientOutcome outcome) => Outcome.SetResult(outcome);
    }
}
