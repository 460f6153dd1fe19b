using System.Globalization;
using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

// What the store does: carrying requests out, answering them one way or another, and being damaged.
internal sealed partial class ScenarioWorld
{
    /// <summary>The host that asked: the running one, or by <c>name#run</c> an earlier one.</summary>
    private ReplicaHost Asker(string name) => name.Contains('#') ? _all[name] : _running[name];

    private PendingRequest Find(string[] args, bool isDone)
    {
        string kind = args.Length > 1 ? args[1] : "any";
        return Asker(args[0]).Pending.FirstOrDefault(it => it.Completion is not null == isDone && (kind is "any" || it.Kind == kind))
            ?? throw new ArgumentException($"{args[0]} has no such request: {string.Join(' ', args)}");
    }

    /// <summary><c>apply NAME [KIND [OUTCOME]]</c>: the store carries the oldest such request out, or fails to.</summary>
    private PendingRequest Apply(string[] args)
    {
        PendingRequest pending = Find(args, isDone: false);
        OpId op = pending.Request.Op;
        string outcome = args.Length > 2 ? args[2] : "well";
        pending.IsLate = outcome == "unknown-late";
        pending.Completion = outcome switch
        {
            "well" => _store.Do(pending.Request),
            "unknown-applied" => Unknown(op, _store.Do(pending.Request)),
            "unknown-lost" or "unknown-late" => new StoreCompletion.Put(op, PutOutcome.Unknown, "no answer in time"),
            "not-stored" => new StoreCompletion.Put(op, PutOutcome.NotStored, "the disk is full"),
            "failed" => new StoreCompletion.Failed(op, "the store is away"),
            "failed-applied" => new StoreCompletion.Failed(_store.Do(pending.Request).Op, "no answer in time"),
            "nonsense" => Nonsense(pending, op),
            _ => throw new ArgumentException($"'{outcome}' is not an outcome"),
        };
        return pending;
    }

    private static StoreCompletion.Put Unknown(OpId op, StoreCompletion applied)
    {
        Assert.Equal(PutOutcome.Stored, Assert.IsType<StoreCompletion.Put>(applied).Outcome);
        return new StoreCompletion.Put(op, PutOutcome.Unknown, "no answer in time");
    }

    /// <summary>An answer to another question: what a defective shell could deliver.</summary>
    private static StoreCompletion Nonsense(PendingRequest pending, OpId op) =>
        pending.Kind is "chunk" or "publish" or "drop" ? new StoreCompletion.Probe(op, false) : new StoreCompletion.Done(op);

    /// <summary>The completion reaches whoever runs under the asker's name now.</summary>
    private void Deliver(string name, PendingRequest pending)
    {
        ReplicaHost asker = Asker(name);
        asker.Pending.Remove(pending);
        if (pending.IsLate)
            _late.Add((name, pending.Request));

        Step(asker.Name, (replica, output) => replica.OnCompletion(_now, pending.Completion!, output));
    }

    /// <summary>A put that was answered as unknown arrives at the store now; nobody is told.</summary>
    private void Land(string name)
    {
        (string Asker, StoreRequest Request) late = _late.First(late => late.Asker == name);
        _late.Remove(late);
        _said.Add($"the store: {((StoreCompletion.Put)_store.Do(late.Request)).Outcome}");
    }

    private void Settle(string name)
    {
        for (int requests = 0; Asker(name).Pending.Any(it => it.Completion is null); requests++)
        {
            Assert.True(requests < 100, $"{name} asks without end");
            Deliver(name, Apply([name]));
        }
    }

    private void Damage(string[] args)
    {
        switch (args)
        {
            case ["manifest"]: _store.OverwriteManifest(RecordBytes.Flipped(_store.Manifest!.Value, 3)); break;
            case ["checkpoint", var index]: _store.CheckpointIndex = new(ulong.Parse(index, CultureInfo.InvariantCulture)); break;
            case ["chunk", var number]: _store.DamageChunk(int.Parse(number, CultureInfo.InvariantCulture)); break;
            case ["chunks"]: _store.EraseChunks(); break;
            case ["erase", var index]: _store.Erase(ulong.Parse(index, CultureInfo.InvariantCulture)); break;
            case [var index, var at]:
                Flip(ulong.Parse(index, CultureInfo.InvariantCulture), int.Parse(at, CultureInfo.InvariantCulture));
                break;
            default: throw new ArgumentException(string.Join(' ', args));
        }
    }

    private void Flip(ulong index, int position) =>
        _store.Overwrite(index, RecordBytes.Flipped(_store.Records[index], position));

    /// <summary>
    /// <c>forge opening|record NAME TERM [WORD...]</c>: somebody puts a well-formed record behind the last one without
    /// asking any replica.
    /// </summary>
    private void Forge(string[] args)
    {
        RecordBytes last = RecordBytes.Read(_store.Records.Values.Last());
        RecordBytes next = new()
        {
            Kind = args[0] == "opening" ? RecordKind.TermStart : RecordKind.Ordinary,
            Writer = new WriterId(args[1], new Incarnation(_running.TryGetValue(args[1], out ReplicaHost? host) ? host.Run : 9)),
            Term = ulong.Parse(args[2], CultureInfo.InvariantCulture),
            Index = last.Index + 1,
            EntriesBefore = last.EntriesBefore + (ulong)last.Entries.Count,
            ChainBefore = last.Chain,
            Entries = args[3..],
        };
        _store.Overwrite(next.Index, next.Write());
    }
}
