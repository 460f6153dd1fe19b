using System.CommandLine;
using System.Globalization;
using OrleansShards.Cli.Http;
using OrleansShards.Cli.Output;
using Spectre.Console.Rendering;

namespace OrleansShards.Cli.Commands;

/// <summary>What the cluster is doing. Nothing here changes anything.</summary>
internal static class StatusCommands
{
    private static readonly Option<bool> Watch = new("--watch", "-w")
    {
        Description = "Stay, and show each change, until SIGINT.",
    };

    internal static IEnumerable<Command> All()
    {
        yield return Status();
        yield return Simple("masters", "The masters: role, term, log index, lag; and what a failover would take now.", "cluster",
            static answer => ClusterTables.Masters(SiloApi.Read(answer, ApiShapes.Default.ClusterObject)));
        yield return Shards();
        yield return Simple("groups", "The replica groups: members, shards, silos; and groups that may join.", "groups",
            static answer => ClusterTables.Groups(SiloApi.Read(answer, ApiShapes.Default.GroupsObject)));
        yield return Moves();
        yield return History();
        yield return Map();
        yield return Simple("store", "The store of the silo that answers.", "store",
            static answer => ClusterTables.Store(SiloApi.Read(answer, ApiShapes.Default.StoreObject)));
    }

    private static Command Status()
    {
        Command command = new("status", "The cluster at a glance: masters, silos, running moves, and what does not answer.");
        command.Options.Add(Watch);
        command.SetAction(async (parsed, stop) =>
        {
            using SiloApi api = CommandOptions.ApiOf(parsed);
            Screen screen = CommandOptions.ScreenOf(parsed);
            if (parsed.GetValue(Watch))
            {
                await Watching.RunAsync(api, screen, "cluster", static (cluster, moves) => ClusterTables.Status(
                    SiloApi.Read(cluster, ApiShapes.Default.ClusterObject),
                    moves is null ? null : SiloApi.Read(moves, ApiShapes.Default.MovesObject)), stop);
                return ExitCode.Done;
            }

            Task<byte[]> asking = api.GetAsync("cluster", stop);
            if (screen.IsJson)
            {
                Screen.WriteJson(await asking);
                return ExitCode.Done;
            }

            Task<MovesObject?> askingMoves = MovesAsync(api, stop);
            ClusterObject cluster = SiloApi.Read(await asking, ApiShapes.Default.ClusterObject);
            screen.Write(ClusterTables.Status(cluster, await askingMoves));
            return ExitCode.Done;
        });
        return command;
    }

    // Without a primary there is no list of moves, and the rest of the status says why.
    private static async Task<MovesObject?> MovesAsync(SiloApi api, CancellationToken stop)
    {
        try
        {
            return await api.GetAsync("moves", ApiShapes.Default.MovesObject, stop);
        }
        catch (CliFailure)
        {
            return null;
        }
    }

    private static Command Shards()
    {
        Option<int> from = CommandOptions.Number("--from", "The first shard to show.", 0, 0, int.MaxValue);
        Option<int> limit = CommandOptions.Number("--limit", "How many to show at most.", 256, 1, 256);
        Command command = new("shards", "The shards: owner, silo, phase, size, sessions, requests a second.");
        command.Options.Add(from);
        command.Options.Add(limit);
        command.SetAction((parsed, stop) => ShowAsync(
            parsed,
            string.Create(CultureInfo.InvariantCulture, $"shards?from={parsed.GetValue(from)}&limit={parsed.GetValue(limit)}"),
            answer => ClusterTables.Shards(
                SiloApi.Read(answer, ApiShapes.Default.ShardsObject), parsed.GetValue(limit), parsed.GetValue(from)),
            stop));
        return command;
    }

    private static Command Moves()
    {
        Option<int> limit = CommandOptions.Number("--limit", "How many of those that have ended to show at most.", 20, 0, int.MaxValue);
        Command command = new("moves", "Moves that are due or under way, with what they wait for, and the newest that have ended.");
        command.Options.Add(Watch);
        command.Options.Add(limit);
        command.SetAction(async (parsed, stop) =>
        {
            if (!parsed.GetValue(Watch))
                return await ShowAsync(parsed, "moves", Show, stop);

            using SiloApi api = CommandOptions.ApiOf(parsed);
            await Watching.RunAsync(api, CommandOptions.ScreenOf(parsed), "moves", (moves, _) => Show(moves), stop);
            return ExitCode.Done;

            IEnumerable<IRenderable> Show(byte[] answer) =>
                ClusterTables.Moves(SiloApi.Read(answer, ApiShapes.Default.MovesObject), parsed.GetValue(limit));
        });
        return command;
    }

    private static Command History()
    {
        Option<int> limit = CommandOptions.Number("--limit", "How many to show at most.", 20, 0, 1000);
        Command command = new("history", "Changes of term and moves, newest first.");
        command.Options.Add(limit);
        command.SetAction((parsed, stop) => ShowAsync(
            parsed,
            string.Create(CultureInfo.InvariantCulture, $"history?limit={parsed.GetValue(limit)}"),
            static answer => ClusterTables.History(SiloApi.Read(answer, ApiShapes.Default.HistoryObject)),
            stop));
        return command;
    }

    private static Command Map()
    {
        Option<long?> epoch = CommandOptions.Number(
            "--epoch", "The map as it was at this epoch; the newest 4,096 are known. Default: the newest.");
        Command command = new("map", "The shard map: each group's shards.");
        command.Options.Add(epoch);
        command.SetAction((parsed, stop) => ShowAsync(
            parsed,
            parsed.GetValue(epoch) is { } given ? string.Create(CultureInfo.InvariantCulture, $"map?epoch={given}") : "map",
            static answer => ClusterTables.Map(SiloApi.Read(answer, ApiShapes.Default.MapObject)),
            stop));
        return command;
    }

    private static Command Simple(string name, string description, string path, Func<byte[], IEnumerable<IRenderable>> show)
    {
        Command command = new(name, description);
        command.SetAction((parsed, stop) => ShowAsync(parsed, path, show, stop));
        return command;
    }

    private static async Task<int> ShowAsync(
        ParseResult parsed, string path, Func<byte[], IEnumerable<IRenderable>> show, CancellationToken stop)
    {
        using SiloApi api = CommandOptions.ApiOf(parsed);
        Screen screen = CommandOptions.ScreenOf(parsed);
        byte[] answer = await api.GetAsync(path, stop);
        if (screen.IsJson)
            Screen.WriteJson(answer);
        else
            screen.Write(show(answer));

        return ExitCode.Done;
    }
}
