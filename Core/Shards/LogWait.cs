using OrleansShards.Core.Nodes;

namespace OrleansShards.Core.Shards;

/// <summary>
/// What goes on when the log has an answer: the context of a proposal or read that is a step of something longer.
/// (A single step has the call itself as its context: it is answered with the outcome.)
/// </summary>
/// <param name="Committed">With the outcome; or, for a read, with null when it may be answered.</param>
/// <param name="Failed">With a refusal, or with <see cref="ShardUnknown"/>.</param>
internal sealed record LogWait(Action<Message?> Committed, Action<Message> Failed);
