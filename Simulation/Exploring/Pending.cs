namespace OrleansShards.Simulation.Exploring;

/// <summary>What is under way and may happen next. Its identity follows from who caused it and when in the causer's own history.</summary>
internal abstract record Pending(Digest128 Id)
{
    /// <summary>A client asks its next request.</summary>
    internal sealed record Ask(Digest128 Id, int Client) : Pending(Id);

    /// <summary>A node starts.</summary>
    internal sealed record Start(Digest128 Id, NodeRun Run) : Pending(Id);

    /// <summary>A call is on its way to whoever has the address when it arrives.</summary>
    internal sealed record Call(Digest128 Id, NodeAddress To, Event.Called Happened) : Pending(Id);

    /// <summary>An answer, a notice, a completion or a failure is on its way to a run.</summary>
    internal sealed record Arrival(Digest128 Id, NodeRun Run, Event Happened) : Pending(Id);

    /// <summary>A request is on its way to the store. One that was reported as unknown is carried out, and not reported again.</summary>
    internal sealed record Request(Digest128 Id, NodeRun Run, StoreRequest What, bool IsReported) : Pending(Id)
    {
        /// <summary>Whether both, in either order, leave the same behind and are answered the same.</summary>
        internal bool IsIndependentOf(Request other) =>
            What.Log != other.What.Log || IsIndependentOf(What, other.What) || IsIndependentOf(other.What, What);

        private static bool IsIndependentOf(StoreRequest one, StoreRequest other) => (one, other) switch
        {
            (StoreRequest.Put put, StoreRequest.Probe probe) => put.Index != probe.Index,
            (StoreRequest.PutChunk put, StoreRequest.PutChunk chunk) => (put.Checkpoint, put.Number) != (chunk.Checkpoint, chunk.Number),
            (StoreRequest.Put or StoreRequest.Probe, StoreRequest.PutChunk or StoreRequest.Publish) => true,
            (StoreRequest.Put, StoreRequest.ReadManifest or StoreRequest.ReadChunk) => true,
            (StoreRequest.Read, StoreRequest.PutChunk) => true,
            _ => IsRead(one) && IsRead(other),
        };

        private static bool IsRead(StoreRequest request) =>
            request is StoreRequest.Read or StoreRequest.Probe or StoreRequest.ReadManifest or StoreRequest.ReadChunk;
    }

    /// <summary>The digest of what it says.</summary>
    internal Digest128 Content(RunNames names) => this switch
    {
        Ask ask => GraphDigest.Of(names, 1, ask.Client),
        Start start => GraphDigest.Of(names, 2, start.Run.Id),
        Call call => GraphDigest.Of(names, 3, call.To, call.Happened),
        Arrival arrival => GraphDigest.Of(names, 4, arrival.Run.Id, arrival.Happened),
        Request request => GraphDigest.Of(names, 5, request.Run.Id, request.What, request.IsReported),
        _ => throw new InvalidOperationException($"{this} is not known"),
    };
}

/// <summary>A node's place: its clock, its run, and what may still happen to it.</summary>
internal sealed class Seat(NodeAddress address, Machine machine)
{
    internal NodeAddress Address { get; } = address;

    internal Machine Machine { get; } = machine;

    internal NodeRun? Run { get; set; }

    internal bool IsStarted { get; set; }

    internal int Starts { get; set; }

    internal int Ticks { get; set; }

    internal bool HasCrashed { get; set; }

    /// <summary>By how much its clock has gone on.</summary>
    internal long ElapsedMs { get; set; }

    /// <summary>The digest of every event that this run has processed, which decides its state.</summary>
    internal Digest128 History { get; set; }

    /// <summary>How many effects its present turn has had.</summary>
    internal uint Effects { get; set; }

    /// <summary>As the world's bounds name it.</summary>
    internal string Name => Address.Kind == NodeKind.Shard ? $"{Address.Name}/{Address.Number}" : Address.Name;
}

/// <summary>One event that may happen next.</summary>
internal sealed record Choice(ChoiceKind Kind, Pending? What, Seat? Seat)
{
    /// <summary>What happens, for people. What it leads to follows in the conversation.</summary>
    public override string ToString() => Kind switch
    {
        ChoiceKind.Happens => What switch
        {
            Pending.Ask ask => $"client {ask.Client + 1} asks",
            Pending.Start start => $"{start.Run} starts",
            Pending.Call call => $"a call arrives at {call.To}",
            Pending.Arrival arrival => $"{arrival.Happened.GetType().Name} arrives at {arrival.Run}",
            Pending.Request request => $"the store carries out a request of {request.Run}",
            _ => Kind.ToString(),
        },
        ChoiceKind.Completes => $"the store carries out a request of {((Pending.Request)What!).Run}, and the completion arrives",
        ChoiceKind.Ticks => $"time passes for {Seat!.Address}",
        ChoiceKind.Crashes => $"{Seat!.Address} crashes",
        ChoiceKind.IsLost => "an answer gets lost",
        ChoiceKind.IsStoredUnknown => "the store carries out a put and its answer gets lost",
        ChoiceKind.IsRefused => "the store refuses a put",
        ChoiceKind.IsDelayed => "a put is reported as unknown before it is carried out",
    };
}

/// <summary>
/// An event as it is known in every state where it may happen next: what it is, and its place: a node, a log, or one of each; or none.
/// </summary>
/// <remarks>
/// An event at a node changes that node, and adds to what is under way, which has no order; an event at a log changes that log. Two events
/// at different places therefore lead to the same state in either order. All routers are one place, as the order in which clients ask
/// and are answered counts. Crashes, and faults that have a budget, have no place.
/// </remarks>
internal readonly record struct ExploredEvent(Digest128 What, string? Node, string? Log)
{
    internal bool IsIndependentOf(ExploredEvent other) =>
        HasPlace && other.HasPlace && !IsAt(other.Node) && !IsAt(other.Log);

    private bool HasPlace => Node is not null || Log is not null;

    private bool IsAt(string? place) => place is not null && (place == Node || place == Log);
}

/// <summary>What kind of event it is.</summary>
internal enum ChoiceKind
{
    Happens,

    /// <summary>
    /// The store carries out a request to which no other that waits makes a difference, and its run learns of it: in between, only what
    /// happens after it as well can happen.
    /// </summary>
    Completes,
    Ticks,
    Crashes,
    IsLost,
    IsRefused,
    IsStoredUnknown,
    IsDelayed,
}
