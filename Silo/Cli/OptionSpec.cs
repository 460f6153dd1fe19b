namespace OrleansShards.Silo.Cli;

/// <summary>One option, as people and configurations know it.</summary>
/// <param name="Name">Its name without dashes in front, words joined by one dash.</param>
/// <param name="Argument">What stands for its value in the help.</param>
/// <param name="Description">What it does, with its default.</param>
internal sealed record OptionSpec(string Name, string Argument, string Description)
{
    /// <summary>What it is called in the environment.</summary>
    internal string Variable => OptionTable.VariablePrefix + Name.ToUpperInvariant().Replace('-', '_');

    /// <summary>Whether a key of a configuration means it; case, dashes and underscores do not matter.</summary>
    internal bool IsCalled(string key) => string.Equals(Plain(key), Plain(Name), StringComparison.OrdinalIgnoreCase);

    private static string Plain(string key) => new([.. key.Where(static letter => letter is not ('-' or '_'))]);
}
