using System.Collections.Immutable;
using OrleansShards.CommandLine;
using OrleansShards.Simulation.Exploring;

namespace OrleansShards.Simulation.Cli;

/// <summary>What the explorer's command line asks for.</summary>
internal sealed record ExploreRequest
{
    internal const long StatesDefault = 3_000_000;

    /// <summary>The world; null for all.</summary>
    internal string? World { get; init; }

    /// <summary>One order of events, by the number of each; null to explore all.</summary>
    internal ImmutableArray<int>? Order { get; init; }

    internal long StatesMax { get; init; } = StatesDefault;
}

/// <summary>Reads the explorer's command line.</summary>
internal sealed class ExploreOptionReader : OptionReader<ExploreRequest>
{
    private const string Description =
        "Runs every order of events (deliveries, completions of the store, crashes, ticks) of small clusters, with the nodes that ship, "
        + "and checks what clients saw. Without a world, all of them, one after the other.\n\n"
        + "  ./run.sh explore                     every world\n"
        + "  ./run.sh explore move                one of them\n"
        + "  ./run.sh explore move --order 0,0,2  one order of its events, as a conversation\n\n"
        + "Exit code: 0 if every order was seen and no rule was broken, 1 if not, 2 if the command line is wrong.";

    private static readonly string[] Names = [.. SmallWorlds.All.Select(static world => world.Name)];

    internal ExploreOptionReader()
        : base("explore", Description, new ExploreRequest())
    {
        Add("world", "WORLD", $"One world instead of all: {string.Join(", ", Names)}. May stand alone, as the first word.",
            Values.OneOf(Names), static (request, world) => request with { World = world });
        Add("order", "N,N,...", "Tell one order: the number of each event among those that may happen, as a violation's report has it.",
            Order, static (request, order) => request with { Order = order });
        Add("states", "N", $"Give up beyond so many states, which fails. Default: {ExploreRequest.StatesDefault}.",
            Values.Number(1), static (request, states) => request with { StatesMax = states });
    }

    /// <summary>The words after <c>explore</c> as options: the first may be the world.</summary>
    internal static string[] Words(string[] args) => args is [var first, ..] && first[0] != '-' ? ["--world", .. args] : args;

    /// <inheritdoc/>
    protected override ExploreRequest Complete(ExploreRequest request)
    {
        if (request.Order is not null && request.World is null)
            Refuse("--order tells one order of one world; expected the world, too");

        return request;
    }

    private static ImmutableArray<int> Order(string text) =>
        [.. text.Split(',').Select(static number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int parsed)
            ? parsed
            : throw Values.Expected("numbers from 0 on with commas between them, such as 0,0,2"))];
}
