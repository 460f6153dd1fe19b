namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>One option: what it is called everywhere, what people are told, and what it does.</summary>
/// <param name="Name">Its name without dashes in front, words joined by one dash.</param>
/// <param name="Argument">What stands for its value in the help.</param>
/// <param name="Description">What it does, with its default.</param>
/// <param name="Apply">Puts a value into the options, or answers null with what was expected.</param>
internal sealed record OptionSpec(string Name, string Argument, string Description, OptionSpec.Setter Apply)
{
    /// <summary>Puts a value into the options; null, with what was expected, where it is not allowed.</summary>
    internal delegate GatewayOptions? Setter(GatewayOptions options, string value, out string expected);

    /// <summary>What it is called in the environment.</summary>
    internal string Variable => OptionTable.VariablePrefix + Name.ToUpperInvariant().Replace('-', '_');

    /// <summary>Whether a key of a configuration means this option; case, dashes and underscores do not
    /// matter.</summary>
    internal bool IsCalled(string key) =>
        string.Equals(Plain(key), Plain(Name), StringComparison.OrdinalIgnoreCase);

    private static string Plain(string key) =>
        key.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
}
