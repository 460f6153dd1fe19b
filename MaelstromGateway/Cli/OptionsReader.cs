namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>
/// Puts the options together: the command line beats the environment, the environment beats the file. Everything that
/// is wrong is found in one go.
/// </summary>
internal sealed class OptionsReader
{
    private readonly List<string> _errors = [];
    private readonly Dictionary<string, GivenValue> _given = [];

    /// <summary>What is wrong, a sentence each; empty where all is well.</summary>
    internal IReadOnlyList<string> Errors => _errors;

    /// <summary>Adds what one place says; a later place beats an earlier one.</summary>
    /// <param name="values">What was given there.</param>
    internal void Add(IEnumerable<GivenValue> values)
    {
        foreach (GivenValue value in values)
        {
            _given[value.Option.Name] = value;
        }
    }

    /// <summary>Adds something that is wrong.</summary>
    internal void AddError(string error) => _errors.Add(error);

    /// <summary>The options. Only good where nothing is wrong.</summary>
    internal GatewayOptions Build()
    {
        var options = new GatewayOptions();
        foreach (OptionSpec option in OptionTable.All)
        {
            if (!_given.TryGetValue(option.Name, out GivenValue? given))
            {
                continue;
            }

            if (option.Apply(options, given.Value, out string expected) is { } applied)
            {
                options = applied;
            }
            else
            {
                _errors.Add($"{given.Place} is \"{given.Value}\"; expected {expected}");
            }
        }

        if (_errors.Count == 0)
        {
            _errors.AddRange(OptionRules.Broken(options));
        }

        return options;
    }
}
