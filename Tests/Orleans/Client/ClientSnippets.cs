using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>What docs/client.md shows: <see cref="ClientDocTests"/> sees to it that it stands here.</summary>
internal static class ClientSnippets
{
    internal static async Task ConnectAsync(string[] args)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddOrleansShardsClient(options => options.Silos.Add("localhost:30000"));
        using IHost host = builder.Build();
        await host.StartAsync();

        IShardsClient shards = host.Services.GetRequiredService<IShardsClient>();
        await shards.PutAsync("greeting", "hello");

        builder.Services.AddOrleansShardsClient(builder.Configuration.GetSection("Shards"));

        builder.Services.AddOrleansShardsClientInSilo();
    }

    internal static async Task<int> ResultsAsync(IShardsClient shards)
    {
        KeyResult result = await shards.GetAsync("visits");
        int visits = result switch
        {
            KeyResult.Found found => found.ValueAs<int>(),
            KeyResult.Absent => 0,
            _ => throw new KeyRequestException(result),
        };

        KeyResult counted = await shards.CompareAndSetAsync("visits", visits, visits + 1, createIfAbsent: true);
        bool isMine = counted.ThrowIfFailed() is KeyResult.Applied;
        return isMine ? visits : -1;
    }

    internal static async Task TextsAsync(IShardsClient shards)
    {
        JsonText key = JsonText.Parse("""["order", 17]""");
        await shards.PutAsync(key, JsonText.Parse("""{ "total": 10.50 }"""));
    }

    internal static async Task DeadlineAsync(IShardsClient shards, CancellationToken cancellationToken)
    {
        CallOptions quick = new() { Deadline = TimeSpan.FromMilliseconds(500) };
        await shards.PutAsync("greeting", "hello", call: quick, cancellationToken: cancellationToken);
    }

    internal static async Task SessionAsync(IShardsClient shards, Func<long> lastKept, Action<long> keep)
    {
        IShardsSession session = shards.OpenSession("billing-1", lastKept());
        long sequence = session.ReserveSequence();
        keep(sequence);
        KeyResult paid = await session.CompareAndSetAsync(
            "invoice 17", "open", "paid", call: new CallOptions { Sequence = sequence });
        paid.ThrowIfFailed();
    }

    internal static async Task OperateAsync(IShardsAdmin admin, IShardsClient shards)
    {
        ClusterStatusReply status = (await admin.ClusterStatusAsync()).ValueOrThrow();
        await admin.SwitchoverAsync(new MasterName("n2"));
        shards.PrimaryChanged += (_, news) => Console.WriteLine($"{news.Primary} leads, term {news.Term}");

        MovePlan plan = (await admin.PlanLeaveAsync([new GroupId("n3")])).ValueOrThrow();
        Rebalanced left = (await admin.LeaveAsync([new GroupId("n3")])).ValueOrThrow();
        await admin.JoinAsync([new GroupId("n3")]);

        MoveStatus moved = (await admin.MigrateAsync(new ShardId(3), new GroupId("n2"))).ValueOrThrow();
        await admin.UndoMoveAsync(new ShardId(3));
        await admin.MoveAsync(new ShardId(5), new GroupId("n1"));

        ShardId shard = new(3);
        GroupId source = new("n1"), target = new("n2");
        JsonText snapshot = (await admin.PrepareHandOverAsync(shard, source, target)).ValueOrThrow();
        AdminResult<ShardDone> received = await admin.ReceiveHandOverAsync(shard, source, target, snapshot);
        await admin.ConfirmHandOverAsync(shard, source);
        Console.WriteLine($"{status} {received} {plan} {left} {moved}");
    }
}
