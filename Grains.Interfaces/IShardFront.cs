using System.Collections.Immutable;
using OrleansShards.Core;
using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Interfaces;

/// <summary>
/// A silo's front for one router: takes what the router has for all shards in one message, and answers as they get done. Keyed by the
/// router's run; lives in the silo that the router's calls reach first, and hands a shard that is elsewhere its requests there.
/// </summary>
/// <remarks>
/// A call ends when something is answered: its own requests or those of earlier calls. So a slow request holds up no other. While a
/// request is open, the router keeps a call under way, with or without new requests. After an exception (a dead silo, a time-out) the
/// outcome of every open request is unknown, as of a call of <see cref="IShardGrain.OnKey"/>.
/// </remarks>
[Alias("OrleansShards.IShardFront")]
public interface IShardFront : IGrainWithStringKey
{
    /// <summary>Sends requests, which may be none, and answers those that are done.</summary>
    [Alias("exchange")] Task<FrontAnswers> Exchange(FrontRequests requests);
}

/// <summary>What a router has for shards in one turn.</summary>
[GenerateSerializer, Alias("OrleansShards.FrontRequests"), Immutable]
public sealed record FrontRequests([property: Id(0)] ImmutableArray<FrontRequest> Requests);

/// <summary>One request to a group's copy of a shard; the number is the router's, and comes back with the answer.</summary>
[GenerateSerializer, Alias("OrleansShards.FrontRequest"), Immutable]
public readonly record struct FrontRequest(
    [property: Id(0)] ulong Number, [property: Id(1)] GroupId Group, [property: Id(2)] ShardId Shard, [property: Id(3)] KeyRequest Request);

/// <summary>What has been answered, of any call.</summary>
[GenerateSerializer, Alias("OrleansShards.FrontAnswers"), Immutable]
public sealed record FrontAnswers([property: Id(0)] ImmutableArray<FrontAnswer> Answers);

/// <summary>One answer; without a reply the shard's grain could not be asked or has not answered, and the text says why.</summary>
[GenerateSerializer, Alias("OrleansShards.FrontAnswer"), Immutable]
public readonly record struct FrontAnswer(
    [property: Id(0)] ulong Number, [property: Id(1)] ShardReply? Reply, [property: Id(2)] string? Failure);
