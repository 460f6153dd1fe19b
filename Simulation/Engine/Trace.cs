namespace OrleansShards.Simulation.Engine;

/// <summary>Writes a run down, a line for each event: when, to whom, what, and its effects. Equal runs give equal bytes.</summary>
internal sealed class Trace(TextWriter to)
{
    internal Func<long> Clock { get; set; } = static () => 0;

    /// <summary>What begins a line instead of the time; null for the time.</summary>
    internal Func<string>? Stamp { get; set; }

    internal void Note(string text) => Line($"**** {text}");

    internal void Stepped(NodeRun run, Event happened, IReadOnlyList<Effect> effects)
    {
        if (effects.Count == 0 && happened is Event.Tick or Event.Flush)
            return;

        Line($"{run} <- {Wording.Of(happened)}");
        foreach (Effect effect in effects)
            to.Write($"                 -> {Wording.Of(effect)}\n");
    }

    internal void Stored(NodeRun run, StoreRequest.Put put, PutOutcome outcome, LogTruth log)
    {
        string what = outcome == PutOutcome.Stored && log.Last is { } last && last.After.Index == put.Index
            ? $"{last.Kind}, term {last.After.Term}, {last.Entries.Count} entries"
            : $"{put.Record.Length} bytes";
        Line($"store: {put.Log} {put.Index} of {run}: {outcome} ({what})");
    }

    private void Line(string text) => to.Write(Stamp is { } stamp
        ? $"{stamp(),11}  {text}\n"
        : string.Create(CultureInfo.InvariantCulture, $"{Clock() / 1_000_000m,11:0.000000}  {text}\n"));
}

/// <summary>The text of events, effects and messages.</summary>
internal static class Wording
{
    internal static string Of(Event happened) => happened switch
    {
        Event.Called called => $"call {Of(called.Id)} from {called.From}: {Of(called.Request)}",
        Event.Answered answered => $"answer to {Of(answered.Id)}: {Of(answered.Reply)}",
        Event.CallFailed failed => $"no answer to {Of(failed.Id)} ({(failed.Delivered ? "maybe" : "not")} delivered): {failed.Reason}",
        Event.Published published => $"notice: {Of(published.Notice)}",
        Event.Stored stored => $"store: {Of(stored.Completion)}",
        Event.Submitted submitted => $"request {submitted.Ticket}, for {submitted.Deadline.TotalMilliseconds} ms: {Of(submitted.Request)}",
        _ => happened.GetType().Name,
    };

    internal static string Of(Effect effect) => effect switch
    {
        Effect.Store store => $"store: {Of(store.Request)}",
        Effect.Call call => $"call {Of(call.Id)} to {call.To}: {Of(call.Request)}",
        Effect.Answer answer => $"answer to {Of(answer.Id)}: {Of(answer.Reply)}",
        Effect.Publish publish => $"notice: {Of(publish.Notice)}",
        Effect.Complete complete => $"request {complete.Ticket} ends: {Of(complete.Outcome)}",
        Effect.Alarm alarm => $"ALARM: {alarm.Text}",
        _ => effect.ToString()!,
    };

    internal static string Of(Message message) => message switch
    {
        KeyRequest request => $"{Of(request.Session)}{Of(request.Command)}",
        KeyReply { Value.Span.IsEmpty: true } reply => reply.Verdict.ToString(),
        KeyReply reply => $"{reply.Verdict} {reply.Value}",
        ClientRequest.OnKey onKey => $"{Of(onKey.Session)}{Of(onKey.Command)}",
        ClientRequest.OfShard ofShard => $"{ofShard.Group}/{ofShard.Shard}: {ofShard.Request}",
        ClientOutcome.Applied applied => $"applied: {Of(applied.Reply)}",
        ClientOutcome.Rejected rejected => $"rejected: {Of(rejected.Reply)}",
        _ => message.ToString(),
    };

    private static string Of(CallId call) => $"{call.Caller.Value >> 48:x4}.{call.Number}";

    private static string Of(SessionTag session) => session.Kind == SessionKind.None ? "" : $"[{session.Client} {session.Sequence}] ";

    private static string Of(KeyCommand command) => command.Verb switch
    {
        KeyVerb.Read => $"read {command.Key}",
        KeyVerb.Write => $"write {command.Key} = {command.Value}",
        KeyVerb.CompareAndSet => $"cas {command.Key}: {command.Expected} -> {command.Value}{(command.CreateIfAbsent ? " or create" : "")}",
        KeyVerb.Delete => $"delete {command.Key}",
    };

    private static string Of(StoreRequest request) => request switch
    {
        StoreRequest.Put put => $"put {put.Log} {put.Index} ({put.Record.Length} bytes)",
        StoreRequest.Read read => $"read {read.Log} from {read.From}",
        StoreRequest.Probe probe => $"probe {probe.Log} {probe.Index}",
        StoreRequest.Drop drop => $"drop {drop.Log} up to {drop.UpTo}, keep {string.Join(' ', drop.Keep)}",
        StoreRequest.PutChunk put => $"put chunk {put.Number} of {put.Log} at {put.Checkpoint.Index} ({put.Chunk.Length} bytes)",
        StoreRequest.Publish publish => $"publish {publish.Log} at {publish.Checkpoint.Index}",
        StoreRequest.ReadManifest read => $"read manifest of {read.Log}",
        StoreRequest.ReadChunk read => $"read chunk {read.Number} of {read.Log} at {read.Checkpoint.Index}",
        _ => request.ToString(),
    };

    private static string Of(StoreCompletion completion) => completion switch
    {
        StoreCompletion.Put put => $"put {put.Outcome}{(put.Reason is null ? "" : $" ({put.Reason})")}",
        StoreCompletion.Read { Records: [] } read => $"no more records, checkpoint {read.CheckpointIndex}",
        StoreCompletion.Read read => $"records {read.Records[0].Index} to {read.Records[^1].Index}, checkpoint {read.CheckpointIndex}",
        StoreCompletion.Probe probe => probe.Present ? "it is there" : "it is not there",
        StoreCompletion.Done => "done",
        StoreCompletion.Published published => published.Newest ? "published" : "a newer one was there",
        StoreCompletion.Manifest manifest => manifest.Bytes is null ? "no checkpoint" : "a manifest",
        StoreCompletion.Chunk chunk => chunk.Bytes is null ? "no such chunk" : "a chunk",
        StoreCompletion.Failed failed => $"failed ({failed.Reason})",
        _ => completion.ToString(),
    };
}
