using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Workload;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>
/// Asks a silo that was asleep, through its own gateway and nobody else's. The first questions lie in its sockets before
/// it wakes, so it answers them before it can have heard of anything; what others wrote meanwhile was acknowledged before.
/// </summary>
internal sealed class Witness(OutsideClient client, Recorder recorder) : IAsyncDisposable
{
    private const int Process = 2_000;
    private const int Rounds = 40;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly List<Task> _reads = [];
    private readonly List<Task<ClientOutcome>> _masters = [];
    private int _process = Process;
    private int _found;
    private int _refused;

    /// <summary>Reads every key, so that it knows who has which shard, and the silo whom it may have to ask for it.</summary>
    internal async Task KnowAllAsync()
    {
        foreach (string key in Worker.Keys)
            await ReadAsync(key);

        Assert.Equal(Worker.Keys.Count(), _found);
        _found = 0;
    }

    /// <summary>Asks for every key and each master, and waits for nothing.</summary>
    internal void Ask()
    {
        foreach (string key in Worker.Keys)
            _reads.Add(ReadAsync(key));

        foreach (MasterName master in SiloFleet.Definition.Masters)
            _masters.Add(client.AskAsync(new ClientRequest.OfMaster(master, new QueryClusterStatus()), Deadline));
    }

    /// <summary>Goes on asking for two seconds, and hears all answers: no master may claim a term that is over.</summary>
    internal async Task HearAsync(TakeoverRecord takeover)
    {
        using PeriodicTimer timer = new(Interval);
        for (int round = 0; round < Rounds; round++)
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            Ask();
        }

        await Task.WhenAll(_reads);
        foreach (ClientOutcome outcome in await Task.WhenAll(_masters))
        {
            if (outcome is ClientOutcome.Applied { Reply: ClusterStatusReply status })
            {
                MasterStatus leads = status.Masters.Single(static master => master.IsPrimary);
                Assert.True(leads.Term >= takeover.Term, $"{leads} claims to lead; expected term {takeover.Term} or a later one");
            }
        }
    }

    /// <summary>What came of it.</summary>
    public override string ToString() =>
        $"{_reads.Count} reads asked of it, {_found} answered, {_refused} refused; {_masters.Count} questions about masters, "
        + $"{_masters.Count(static asked => asked.Result is ClientOutcome.Applied)} answered";

    public ValueTask DisposeAsync() => client.DisposeAsync();

    private async Task ReadAsync(string key)
    {
        KeyCommand command = KeyOperation.Read(key);
        int index = recorder.Begin(Interlocked.Increment(ref _process), key, command);
        switch (await client.AskAsync(new ClientRequest.OnKey(command, null, SessionTag.None), Deadline))
        {
            case ClientOutcome.Applied { Reply: KeyReply found }:
                recorder.End(index, found);
                Interlocked.Increment(ref _found);
                break;
            case ClientOutcome.Rejected { Reply: KeyReply absent }:
                recorder.End(index, absent);
                Interlocked.Increment(ref _found);
                break;
            default:
                recorder.Forget(index);
                Interlocked.Increment(ref _refused);
                break;
        }
    }
}
