using System.Diagnostics;
using System.Globalization;
using OrleansShards.Client.Routing;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Workload;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>
/// How long after a failure the first request is served that was made after it. A new one is made every 25 ms, whatever
/// has become of those before: a client that waits for one answer would measure its own patience.
/// </summary>
/// <param name="clients">Who asks, in turns.</param>
/// <param name="recorder">Where the writes are written down.</param>
internal sealed class FirstServed(IReadOnlyList<OutsideClient> clients, Recorder recorder)
{
    // Processes of the history: above all workers'.
    private const int FirstProcess = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    private static readonly string[] ShardKeys = FindKeys();

    private int _asked;
    private volatile string _lastAnswer = "nothing";

    /// <summary>The final values of the keys, one of each shard, that only this writes.</summary>
    internal async Task<IReadOnlyDictionary<string, string?>> FinalsAsync()
    {
        Dictionary<string, string?> finals = new(StringComparer.Ordinal);
        foreach (string key in ShardKeys)
        {
            ClientOutcome outcome = await clients[0].AskAsync(
                new ClientRequest.OnKey(KeyOperation.Read(key), null, SessionTag.None), Condition.Limit);
            finals[key] = outcome is ClientOutcome.Applied { Reply: KeyReply found } ? found.Value.ToString() : null;
        }

        return finals;
    }

    /// <summary>Writes to every shard until each has served one.</summary>
    internal async Task EveryShardAsync()
    {
        long now = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, SiloFleet.ShardCount).Select(shard => ShardAsync(shard, now)));
    }

    /// <summary>Until a shard serves a write.</summary>
    internal Task<TimeSpan> ShardAsync(int shard, long since) =>
        UntilAsync(client => WriteAsync(client, ShardKeys[shard]), since, $"a write to shard {shard}");

    /// <summary>Until somebody answers as primary.</summary>
    internal Task<TimeSpan> PrimaryAsync(long since) => UntilAsync(
        static async client => await client.AskPrimaryAsync(new QueryConfig(null), Deadline) is ConfigReply,
        since,
        "an answer of the primary");

    private async Task<TimeSpan> UntilAsync(Func<OutsideClient, Task<bool>> ask, long since, string what)
    {
        TaskCompletionSource<TimeSpan> first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<Task> asked = [];
        using PeriodicTimer timer = new(Interval);
        while (!first.Task.IsCompleted)
        {
            Assert.True(
                Stopwatch.GetElapsedTime(since) < Condition.Limit,
                $"expected within {Condition.Limit}: {what}; last: {_lastAnswer}");
            asked.Add(AskAsync(clients[Interlocked.Increment(ref _asked) % clients.Count]));
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        await Task.WhenAll(asked);
        return await first.Task;

        async Task AskAsync(OutsideClient client)
        {
            if (await ask(client))
                first.TrySetResult(Stopwatch.GetElapsedTime(since));
        }
    }

    private async Task<bool> WriteAsync(OutsideClient client, string key)
    {
        KeyCommand command = KeyOperation.Write(key, recorder.NextValue());
        int index = recorder.Begin(FirstProcess + Interlocked.Increment(ref _asked), key, command);
        ClientOutcome outcome = await client.AskAsync(new ClientRequest.OnKey(command, null, SessionTag.None), Deadline);
        _lastAnswer = outcome.ToString();
        switch (outcome)
        {
            case ClientOutcome.Applied { Reply: KeyReply reply }:
                recorder.End(index, reply);
                return true;
            case ClientOutcome.NotApplied:
                recorder.Forget(index);
                return false;
            default:
                recorder.LeaveOpen();
                return false;
        }
    }

    // Their names begin with a letter of their own: the search for linearizations leaves them out.
    private static string[] FindKeys()
    {
        string?[] keys = new string?[SiloFleet.ShardCount];
        for (int number = 0; keys.Contains(null); number++)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"p{number}");
            keys[ShardOf(key)] ??= key;
        }

        return keys!;
    }

    /// <summary>The shard of a key that is a string.</summary>
    internal static int ShardOf(string key) =>
        ShardHash.ShardOf(KeyText.From(JsonText.Parse($"\"{key}\"")), SiloFleet.ShardCount);
}
