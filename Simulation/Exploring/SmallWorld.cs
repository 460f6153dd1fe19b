using System.Collections.Immutable;

namespace OrleansShards.Simulation.Exploring;

/// <summary>
/// A cluster so small that every order of its events can be run: its nodes, what is asked of them, and how often each fault may happen.
/// </summary>
/// <param name="Name">On the command line.</param>
/// <param name="Text">What it is about, in one line.</param>
internal sealed record SmallWorld(string Name, string Text)
{
    internal required int Masters { get; init; }

    /// <summary>Groups with a copy of the only shard each; 0 if no shard takes part.</summary>
    internal int Groups { get; init; }

    /// <summary>Routers. Each client has the one of its number; those beyond the last have the first.</summary>
    internal int Gateways { get; init; } = 1;

    /// <summary>How many of the routers, the last ones, do not know where the shard is when the exploration begins.</summary>
    internal int Strangers { get; init; }

    /// <summary>What is asked before the exploration begins, in order, through each router but the strangers.</summary>
    internal ImmutableArray<ClientRequest> Before { get; init; } = [];

    /// <summary>What clients ask; each asks its next request when the one before has ended.</summary>
    internal required ImmutableArray<ImmutableArray<ClientRequest>> Clients { get; init; }

    /// <summary>
    /// The exploration begins when such a call is under way: until then the first client's first request is carried out in order. Null: it
    /// begins with that request.
    /// </summary>
    internal Moment? From { get; init; }

    /// <summary>
    /// A node that is paused before the exploration begins, when <see cref="From"/> has come, while the requests of the client of this
    /// number, from 0 on, are carried out in order. Null: no node is, and that client asks like the others.
    /// </summary>
    internal (string Node, int Client)? Paused { get; init; }

    /// <summary>A node that is paused as long as the exploration lasts: what it would do is carried out in order after that.</summary>
    internal string? PausedThroughout { get; init; }

    /// <summary>An order ends when such a call is under way, if not before.</summary>
    internal Moment? Until { get; init; }

    /// <summary>
    /// Whether it is about a move. Then an order ends when every request and every move has ended, not only when nothing is left to happen;
    /// and what a checkpoint writes and drops is done as soon as it is asked for.
    /// </summary>
    internal bool HasMoves => Groups > 0;

    /// <summary>By how many milliseconds a node's clock has gone on at each of its ticks: as often as there are numbers.</summary>
    internal ImmutableSortedDictionary<string, ImmutableArray<int>> Ticks { get; init; } =
        ImmutableSortedDictionary.Create<string, ImmutableArray<int>>(StringComparer.Ordinal);

    /// <summary>The nodes that may crash, each once.</summary>
    internal ImmutableArray<string> MayCrash { get; init; } = [];

    /// <summary>How many of them at most.</summary>
    internal int Crashes { get; init; }

    /// <summary>Puts that are reported as unknown, before they are carried out or after it.</summary>
    internal int DoubtfulPuts { get; init; }

    /// <summary>Puts that certainly fail.</summary>
    internal int RefusedPuts { get; init; }

    /// <summary>Answers that get lost; the caller learns that it may have been heard.</summary>
    internal int LostAnswers { get; init; }

    /// <summary>A request's deadline.</summary>
    internal int DeadlineMs { get; init; } = 10_000;

    /// <summary>How far apart the ticks are when the exploration has ended, and how many there are at most until all is well.</summary>
    internal int CloseTickMs { get; init; } = 250;

    internal int CloseRounds { get; init; } = 240;

    /// <summary>Whether notices are delivered; otherwise all are lost.</summary>
    internal bool HasNotices { get; init; }

    /// <summary>What must hold of the clients' answers at an end, besides the checkers' rules.</summary>
    internal required Action<ExploredHistory, World> Check { get; init; }

    /// <summary>The bounds, in lines.</summary>
    internal IEnumerable<string> Bounds()
    {
        yield return $"nodes: {string.Join(", ", Addresses().Select(static address => address.ToString()))}";
        if (Strangers > 0)
            yield return $"routers that know of no shard yet: {Strangers}, the last";

        foreach ((int number, ImmutableArray<ClientRequest> asks) in Clients.Index())
            yield return $"client {number + 1} asks: {string.Join("; then ", asks.Select(Wording.Of))}";

        if (From is not null)
            yield return $"client 1's first request is carried out in order until {From.Text} is under way";

        if (Paused is { } paused)
            yield return $"what client {paused.Client + 1} asks is carried out in order then, while {paused.Node} is paused";

        if (PausedThroughout is not null)
            yield return $"{PausedThroughout} is paused: nothing arrives there, and nothing that it has asked of the store is carried out";

        if (HasMoves)
        {
            string before = Until is null ? "" : $"{Until.Text} is under way, or ";
            yield return $"when {before}every request and every move has ended, the rest is carried out in order";
            yield return "what a checkpoint writes and drops is done as soon as it is asked for";
        }

        foreach ((string node, ImmutableArray<int> jumps) in Ticks)
            yield return $"ticks of {node}: after {string.Join(", then ", jumps)} ms of its clock";

        yield return Crashes == 0
            ? "no crashes"
            : $"crashes: {Crashes} at most, of {string.Join(", ", MayCrash)}, each once; it starts again";
        yield return $"puts with an unknown outcome: {DoubtfulPuts}; puts that are refused: {RefusedPuts}; "
            + $"answers that get lost: {LostAnswers}; notices: {(HasNotices ? "delivered" : "all lost")}";
        yield return "a node is flushed after each event; a message or a store's completion may take any time, and overtake any other";
    }

    /// <summary>The nodes that are started, in this order.</summary>
    internal IEnumerable<NodeAddress> Addresses() =>
    [
        .. Enumerable.Range(1, Masters).Select(static number => new NodeAddress(NodeKind.Master, $"n{number}", 0)),
        .. Enumerable.Range(1, Groups).Select(static number => new NodeAddress(NodeKind.Shard, $"g{number}", 0)),
        .. Enumerable.Range(1, Gateways).Select(static number => NodeAddress.OfClient($"gateway{number}")),
    ];
}

/// <summary>When a call of a certain kind is under way.</summary>
/// <param name="Text">The call, for people.</param>
/// <param name="IsIt">Whether it is one.</param>
internal sealed record Moment(string Text, Func<Message, bool> IsIt);
