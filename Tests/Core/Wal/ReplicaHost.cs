using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

/// <summary>
/// One run of one replica, and what it has asked of the store. What it asks stays here until the test carries it out
/// and delivers what came of it.
/// </summary>
internal sealed class ReplicaHost
{
    private readonly LogOutput<string> _output = new();

    internal ReplicaHost(string name, ulong run, LogOptions options)
    {
        Name = name;
        Run = run;
        Replica = new LogReplica<string>(new LogName("log"), new WriterId(name, new Incarnation(run)), options, Machine);
    }

    internal string Name { get; }

    internal ulong Run { get; }

    internal ListMachine Machine { get; } = new();

    internal LogReplica<string> Replica { get; }

    /// <summary>Asked, in order, and not yet delivered.</summary>
    internal List<PendingRequest> Pending { get; } = [];

    /// <summary>Lets the replica do something, and returns what it told; what it asked is then pending.</summary>
    internal (List<Effect> Effects, List<LogNotice<string>> Notices) Step(Action<LogReplica<string>, LogOutput<string>> step)
    {
        _output.Effects = [];
        step(Replica, _output);
        List<LogNotice<string>> notices = [.. _output.Notices];
        _output.Notices.Clear();
        Pending.AddRange(_output.Effects.OfType<Effect.Store>().Select(effect => new PendingRequest(effect.Request)));
        return (_output.Effects, notices);
    }
}

/// <summary>A request on its way to the store, or back.</summary>
internal sealed class PendingRequest(StoreRequest request)
{
    internal StoreRequest Request { get; } = request;

    /// <summary>What the replica will be told; null until it is certain.</summary>
    internal StoreCompletion? Completion { get; set; }

    /// <summary>Whether a put that was answered as unknown is still on its way to the store.</summary>
    internal bool IsLate { get; set; }

    internal string Kind => Request switch
    {
        StoreRequest.Put => "put",
        StoreRequest.Read => "read",
        StoreRequest.Probe => "probe",
        StoreRequest.Drop => "drop",
        StoreRequest.PutChunk => "chunk",
        StoreRequest.Publish => "publish",
        StoreRequest.ReadManifest => "manifest",
        StoreRequest.ReadChunk => "load",
        _ => throw new InvalidOperationException($"{Request}"),
    };
}
