using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Engine;

/// <summary>The shared store. It keeps put-if-absent and its contract's order of reads; everything else is drawn.</summary>
/// <remarks>A request takes effect at one moment before its completion. The shell completes it as unknown if that takes too long.</remarks>
internal sealed class SimStore(World world)
{
    private const long ShellTimeout = 2_000_000;
    private const long HealedLatencyMax = 10_000;

    private readonly RunOptions _options = world.Options;
    private readonly Rng _draws = world.Options.Stream("store");
    private readonly SortedDictionary<int, bool> _cut = [];
    private readonly SortedDictionary<int, long> _slow = [];
    private readonly SortedDictionary<int, List<Waiting>> _stalled = [];
    private readonly OrderedDictionary<LogName, StoreImage> _images = [];

    /// <summary>Every log, in the order of first use.</summary>
    internal IReadOnlyList<StoreImage> Logs => _images.Values;

    /// <summary>Cuts a machine off from the store: its requests get lost, or their completions do.</summary>
    internal void CutOff(Machine machine, bool isWayBack, long duration)
    {
        _cut[machine.Number] = isWayBack;
        world.After(duration, () => _cut.Remove(machine.Number));
    }

    /// <summary>Delays completions on their way to a machine: what they say was true when the store said it.</summary>
    internal void Slow(Machine machine, long delayMax, long duration)
    {
        _slow[machine.Number] = delayMax;
        world.After(duration, () => _slow.Remove(machine.Number));
    }

    /// <summary>
    /// A process has one thread that commits what all of its logs have put. From now on that stands still: what the process writes waits,
    /// up to the host's deadline, and then becomes one commit, which succeeds or fails as a whole. Reads do not wait.
    /// </summary>
    internal void Stall(Machine machine, long duration, CommitFate fate)
    {
        if (_stalled.TryAdd(machine.Number, []))
            world.After(duration, () => EndStall(machine.Number, world.IsHealed ? CommitFate.Stored : fate));
    }

    internal void MendAll()
    {
        _cut.Clear();
        _slow.Clear();
        foreach (int machine in _stalled.Keys.ToArray())
            EndStall(machine, CommitFate.Stored);
    }

    internal StoreImage Of(LogName log)
    {
        if (!_images.TryGetValue(log, out StoreImage? image))
            _images.Add(log, image = new StoreImage(new LogTruth(log)));

        return image;
    }

    /// <summary>Starts a node's request; its completion comes later.</summary>
    internal void Ask(NodeRun run, StoreRequest request)
    {
        run.PutsUnderWay += request is StoreRequest.Put ? 1 : 0;
        if (IsWrite(request) && _stalled.TryGetValue(run.Machine.Number, out List<Waiting>? stalled))
        {
            Wait(stalled, new Waiting(run, request));
            return;
        }

        long there = Latency();
        long back = Latency() + (_slow.TryGetValue(run.Machine.Number, out long slow) ? _draws.Between(0, slow) : 0);
        if (_cut.TryGetValue(run.Machine.Number, out bool isWayBack))
        {
            if (isWayBack)
                world.After(there, () => Execute(run, request));

            CompleteDoubtful(ShellTimeout, "no answer from the store");
        }
        else if (Chance("store.error-ppm", FaultKind.StoreError))
        {
            world.After(there + back, () => Complete(run, request, Failure(request, PutOutcome.NotStored, "the store refuses")));
        }
        else if (Chance("store.lost-ppm", FaultKind.StoreLostReply))
        {
            world.After(there, () => Execute(run, request));
            CompleteDoubtful(there + back, "the store's answer was lost");
        }
        else if (Chance("store.void-ppm", FaultKind.StoreVoid))
        {
            CompleteDoubtful(there + back, "the connection broke");
        }
        else if (Chance("store.late-ppm", FaultKind.StoreLate))
        {
            long late = _draws.Between(0, _options["store.late-ms"] * 1_000);
            world.After(there + late, () => Execute(run, request));
            CompleteDoubtful(there + back, "the store took too long");
        }
        else if (there + back > ShellTimeout)
        {
            world.Count(FaultKind.StoreTimeout);
            world.After(there, () => Execute(run, request));
            CompleteDoubtful(ShellTimeout, "the store has not answered in time");
        }
        else
        {
            world.After(there, () => ExecuteAndComplete(run, request, back));
        }

        void CompleteDoubtful(long after, string reason) =>
            world.After(after, () => Complete(run, request, Failure(request, PutOutcome.Unknown, reason)));
    }

    private void Wait(List<Waiting> stalled, Waiting waiting)
    {
        world.Count(FaultKind.CommitStalled);
        stalled.Add(waiting);
        world.After(ShellTimeout, () => Report(waiting, isUnknown: true));
    }

    private void EndStall(int machine, CommitFate fate)
    {
        if (!_stalled.Remove(machine, out List<Waiting>? waited))
            return;

        if (waited.Count > 0 && fate != CommitFate.Stored)
            world.Count(FaultKind.CommitFailed);

        foreach (Waiting waiting in waited)
        {
            waiting.Completion = fate switch
            {
                CommitFate.Refused => Failure(waiting.Request, PutOutcome.NotStored, "the commit has failed"),
                CommitFate.Void => null,
                CommitFate.Stored or CommitFate.LostReply => Execute(waiting.Run, waiting.Request),
            };
            bool isUnknown = fate is CommitFate.Void or CommitFate.LostReply;
            world.After(Latency(), () => Report(waiting, isUnknown));
        }
    }

    private void Report(Waiting waiting, bool isUnknown)
    {
        if (waiting.IsReported)
            return;

        waiting.IsReported = true;
        StoreCompletion unknown = Failure(waiting.Request, PutOutcome.Unknown, "the commit was not answered");
        Complete(waiting.Run, waiting.Request, isUnknown ? unknown : waiting.Completion!);
    }

    private static bool IsWrite(StoreRequest request) =>
        request is StoreRequest.Put or StoreRequest.PutChunk or StoreRequest.Publish or StoreRequest.Drop;

    private void ExecuteAndComplete(NodeRun run, StoreRequest request, long back)
    {
        if (request is StoreRequest.Read read && Chance("store.split-ppm", FaultKind.StoreSplit))
        {
            // The records now, the checkpoint's index at the end: the contract allows this order, not the other.
            List<StoredRecord> records = Of(read.Log).Read(read.From, read.BytesMax);
            world.After(back, () => Complete(run, read, new StoreCompletion.Read(read.Op, records, Of(read.Log).Checkpoint)));
            return;
        }

        long doneAt = world.Now;
        StoreCompletion completion = Execute(run, request);
        world.After(back, () =>
        {
            if (request is StoreRequest.Read && Of(request.Log).PutAt > doneAt)
                world.Count(FaultKind.StoreOldRead);

            Complete(run, request, Tear(run, completion));
        });
    }

    /// <summary>Carries a request out now.</summary>
    internal StoreCompletion Execute(NodeRun run, StoreRequest request)
    {
        StoreImage image = Of(request.Log);
        switch (request)
        {
            case StoreRequest.Put put:
                PutOutcome outcome = image.Put(put, world.Now, out bool isNewEnd);
                world.Trace?.Stored(run, put, outcome, image.Truth);
                if (isNewEnd)
                    world.Recorded(image.Truth);

                return new StoreCompletion.Put(put.Op, outcome);
            case StoreRequest.Read read:
                return new StoreCompletion.Read(read.Op, image.Read(read.From, read.BytesMax), image.Checkpoint);
            case StoreRequest.Probe probe:
                return new StoreCompletion.Probe(probe.Op, image.Has(probe.Index));
            case StoreRequest.Drop drop:
                bool isSplit = Chance("store.split-ppm", FaultKind.StoreSplit);
                image.Drop(drop, onlyHalf: isSplit);
                if (isSplit)
                    world.After(Latency(), () => image.Drop(drop, onlyHalf: false));

                return new StoreCompletion.Done(drop.Op);
            case StoreRequest.PutChunk put:
                image.PutChunk(put);
                return new StoreCompletion.Done(put.Op);
            case StoreRequest.Publish publish:
                bool isNewest = image.Publish(publish);
                if (isNewest && Chance("store.split-ppm", FaultKind.StoreSplit))
                    world.After(Latency(), image.DeleteOldChunks);
                else if (isNewest)
                    image.DeleteOldChunks();

                return new StoreCompletion.Published(publish.Op, isNewest);
            case StoreRequest.ReadManifest read:
                return new StoreCompletion.Manifest(read.Op, image.Manifest);
            case StoreRequest.ReadChunk read:
                return new StoreCompletion.Chunk(read.Op, image.Chunk(read.Checkpoint, read.Number));
            default:
                throw new ArgumentException($"{request.GetType().Name} is no request of a store", nameof(request));
        }
    }

    private StoreCompletion Tear(NodeRun run, StoreCompletion completion)
    {
        if (completion is not StoreCompletion.Read { Records: [.., var last] } read || !Chance("store.torn-ppm", FaultKind.TornRecord))
            return completion;

        run.HasReadTorn = true;
        byte[] torn = last.Bytes.ToArray();
        if (_draws.Chance(Rng.Million / 2))
            torn = torn[.._draws.Below(torn.Length)];
        else
            torn[_draws.Below(torn.Length)] ^= (byte)(1 << _draws.Below(8));

        return read with { Records = [.. read.Records.SkipLast(1), last with { Bytes = torn }] };
    }

    private void Complete(NodeRun run, StoreRequest request, StoreCompletion completion)
    {
        run.PutsUnderWay -= request is StoreRequest.Put ? 1 : 0;
        world.Deliver(run, new Event.Stored(completion));
    }

    private long Latency()
    {
        long most = world.IsHealed ? Math.Min(HealedLatencyMax, _options["store.latency-us"]) : _options["store.latency-us"];
        long latency = _draws.Between(20, Math.Max(20, most));
        return latency + (Chance("store.spike-ppm", FaultKind.StoreSlow) ? _draws.Between(0, _options["store.spike-ms"] * 1_000) : 0);
    }

    private bool Chance(string option, FaultKind kind) => world.Chance(_draws, option, kind);

    /// <summary>What a request that was not answered completes with.</summary>
    internal static StoreCompletion Failure(StoreRequest request, PutOutcome outcome, string reason) => request is StoreRequest.Put put
        ? new StoreCompletion.Put(put.Op, outcome, reason)
        : new StoreCompletion.Failed(request.Op, reason);

    /// <summary>A write that waits for the process's commit. It is reported once, at the host's deadline at the latest.</summary>
    private sealed class Waiting(NodeRun run, StoreRequest request)
    {
        internal NodeRun Run { get; } = run;

        internal StoreRequest Request { get; } = request;

        internal StoreCompletion? Completion { get; set; }

        internal bool IsReported { get; set; }
    }
}

/// <summary>How a commit ends: done; refused for certain; not done, or done, and reported as unknown.</summary>
internal enum CommitFate
{
    Stored,
    Refused,
    Void,
    LostReply,
}
