using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OrleansShards.Cli.Http;
using OrleansShards.Cli.Output;

namespace OrleansShards.Cli.Commands;

/// <summary>
/// What changes the cluster. Each shows its plan and asks first; what it begins goes on by itself, whether the command waits or not.
/// </summary>
internal static class ActionCommands
{
    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not show the plan and do not ask." };

    private static readonly Option<bool> Plan = new("--plan") { Description = "Only show the plan: nothing is changed." };

    private static readonly Option<bool> Wait = new("--wait")
    {
        Description = "Show the moves' progress until they have ended. They go on if the command is ended.",
    };

    internal static IEnumerable<Command> All()
    {
        yield return OnMaster(
            "switchover", "The planned change of the primary: it hands over to its shadow.",
            "The master that is to lead. Default: the shadow.",
            static name => new MasterArgument(name, null));
        yield return OnMaster(
            "failover", "Deposes the primary and promotes the shadow.",
            "The master that has failed. Default: the primary; name it if nobody leads, with --yes.",
            static name => new MasterArgument(null, name));
        yield return OnGroups("join", "Groups become members; shards move to them. The cluster need not know them yet.", waits: true);
        yield return OnGroups("leave", "Groups stop being members; their shards move to the others.", waits: true);
        yield return OnGroups("forget", "The cluster no longer has groups that have left and hold nothing.", waits: false);
        yield return OnShardAndGroup(
            "move", "Pins a shard to a member: it moves there and stays, however shards are balanced.",
            static (shard, gid) => new ShardArgument(shard, gid, null));
        yield return OnShardAndGroup(
            "migrate", "Moves a shard to a member once; does not pin it.", static (shard, gid) => new ShardArgument(shard, null, gid));
        yield return OnShard("undo", "Moves a shard back to where its last move took it from.");
        yield return OnShard("cancel", "Gives up a shard's move that is due or under way: the shard stays where it is.");
    }

    private static Command OnMaster(string name, string description, string argument, Func<string?, MasterArgument> body)
    {
        Argument<string?> master = new("MASTER") { Description = argument, Arity = ArgumentArity.ZeroOrOne };
        master.CompletionSources.Add(CommandOptions.Masters);
        Command command = Describe(name, description, waits: false, master);
        command.SetAction((parsed, stop) =>
            RunAsync(parsed, name, Bytes(body(parsed.GetValue(master)), ApiShapes.Default.MasterArgument), null, stop));
        return command;
    }

    private static Command OnGroups(string name, string description, bool waits)
    {
        Argument<string[]> groups = new("GROUP") { Description = "Names of groups.", Arity = ArgumentArity.OneOrMore };
        groups.CompletionSources.Add(CommandOptions.Groups);
        Command command = Describe(name, description, waits, groups);
        command.SetAction((parsed, stop) =>
        {
            string[] gids = parsed.GetValue(groups)!;
            MoveProgress? progress = waits && parsed.GetValue(Wait) ? MoveProgress.OfAll() : null;
            return RunAsync(parsed, name, Bytes(new GroupsArgument(gids), ApiShapes.Default.GroupsArgument), progress, stop);
        });
        return command;
    }

    private static Command OnShardAndGroup(string name, string description, Func<int, string, ShardArgument> body)
    {
        Argument<int> shard = CommandOptions.Shard();
        Argument<string> group = CommandOptions.Group("The member that it moves to.");
        Command command = Describe(name, description, waits: true, shard, group);
        command.SetAction((parsed, stop) =>
        {
            int number = parsed.GetValue(shard);
            return RunAsync(
                parsed, name, Bytes(body(number, parsed.GetValue(group)!), ApiShapes.Default.ShardArgument),
                parsed.GetValue(Wait) ? MoveProgress.OfShard(number) : null, stop);
        });
        return command;
    }

    private static Command OnShard(string name, string description)
    {
        Argument<int> shard = CommandOptions.Shard();
        Command command = Describe(name, description, waits: true, shard);
        command.SetAction((parsed, stop) =>
        {
            int number = parsed.GetValue(shard);
            return RunAsync(
                parsed, name, Bytes(new ShardArgument(number, null, null), ApiShapes.Default.ShardArgument),
                parsed.GetValue(Wait) ? MoveProgress.OfShard(number, isCancelled: name == "cancel") : null, stop);
        });
        return command;
    }

    private static Command Describe(string name, string description, bool waits, params Argument[] arguments)
    {
        Command command = new(name, description);
        foreach (Argument argument in arguments)
            command.Arguments.Add(argument);

        command.Options.Add(Yes);
        command.Options.Add(Plan);
        if (waits)
            command.Options.Add(Wait);

        return command;
    }

    private static byte[] Bytes<T>(T body, JsonTypeInfo<T> shape) => JsonSerializer.SerializeToUtf8Bytes(body, shape);

    private static async Task<int> RunAsync(
        ParseResult parsed, string name, byte[] body, MoveProgress? progress, CancellationToken stop)
    {
        Screen screen = CommandOptions.ScreenOf(parsed);
        (bool isPlan, bool isAgreed) = (parsed.GetValue(Plan), parsed.GetValue(Yes));
        if (isPlan && isAgreed)
            throw new CliFailure(ExitCode.BadCommandLine, "--plan changes nothing, and --yes agrees to a change: give one of them");

        if (!isPlan && !isAgreed && (screen.IsJson || !Screen.CanAsk))
        {
            string why = screen.IsJson ? "--json is for scripts" : "stdin or stdout is no terminal";
            throw new CliFailure(
                ExitCode.BadCommandLine, $"{why}, so nobody can be asked: give --yes, or --plan to see what would be done");
        }

        using SiloApi api = CommandOptions.ApiOf(parsed);
        if (!isAgreed)
        {
            Show(screen, await api.SendAsync(HttpMethod.Post, $"actions/{name}?plan=true", body, stop));
            if (isPlan)
                return ExitCode.Done;

            if (!Ask())
            {
                screen.WriteLine("nothing was changed");
                return ExitCode.Declined;
            }
        }

        await (progress?.BeginAsync(api, stop) ?? Task.CompletedTask);
        Show(screen, await api.SendAsync(HttpMethod.Post, $"actions/{name}", body, stop));
        return progress is null ? ExitCode.Done : await progress.FollowAsync(api, screen, stop);
    }

    private static void Show(Screen screen, byte[] answer)
    {
        if (screen.IsJson)
        {
            Screen.WriteJson(answer);
            return;
        }

        ActionObject action = SiloApi.Read(answer, ApiShapes.Default.ActionObject);
        screen.WriteLine((action.Plan ? "plan: " : "") + action.Text);
        if (action.Moves is { Length: > 0 } moves)
            screen.Write(ClusterTables.Plan(moves));
    }

    // Only a word that says yes does.
    internal static bool Ask()
    {
        Console.Out.Write("Do it? [y/N] ");
        return Console.In.ReadLine()?.Trim().ToUpperInvariant() is "Y" or "YES";
    }
}
