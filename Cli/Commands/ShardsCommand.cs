using System.CommandLine;

namespace OrleansShards.Cli.Commands;

/// <summary>All commands. docs/cli.md has each with its options; a test compares.</summary>
internal static class ShardsCommand
{
    internal const string Name = "shards";

    internal static RootCommand Build()
    {
        RootCommand root = new(
            "Operates an OrleansShards cluster by the HTTP API of one of its silos: what it is doing, moves and switch-overs, keys, "
            + "backups. docs/cli.md says more.");
        root.Options.Add(CommandOptions.Url);
        root.Options.Add(CommandOptions.KeyFile);
        root.Options.Add(CommandOptions.AuthorityFile);
        root.Options.Add(CommandOptions.Json);

        // In the order of the help.
        foreach (Command command in StatusCommands.All().Concat(ActionCommands.All()).Concat(KeyCommands.All()))
            root.Subcommands.Add(command);

        root.Subcommands.Add(PromptCommand.Build());
        root.Subcommands.Add(BenchCommand.Build());
        root.Subcommands.Add(CompletionCommand.Build());
        root.Subcommands.Add(BackupCommand.Build());
        root.Subcommands.Add(RestoreCommand.Build());
        root.Subcommands.Add(VerifyCommand.Build());
        return root;
    }

    /// <summary>How a command is written: <c>shards</c>, and its name.</summary>
    internal static IEnumerable<string> PathOf(Command command) => command is RootCommand ? [Name] : [Name, command.Name];
}
