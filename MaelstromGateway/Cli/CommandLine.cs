using System.CommandLine;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>The command line.</summary>
internal sealed class CommandLine
{
    private readonly RootCommand _root = new(
        "Speaks Maelstrom's protocol on stdin and stdout, one JSON message a line, for a sharded linearizable "
        + "key-value store.\nEach option may also come from the environment "
        + $"({OptionTable.VariablePrefix}KEY_DEADLINE_MS for --key-deadline-ms) or from a JSON file "
        + $"(\"KeyDeadlineMs\"), {ConfigurationFile.DefaultName} in the working directory unless --config says "
        + "another. The command line beats the environment, which beats the file.");

    private readonly List<(OptionSpec Spec, Option<string> Option)> _options = [];
    private readonly Option<string> _config = new("--" + OptionTable.ConfigName)
    {
        Description = "Read options from this JSON file.",
        HelpName = "FILE",
    };

    private readonly ParseResult _parsed;

    /// <summary>Parses <paramref name="args"/>.</summary>
    internal CommandLine(string[] args)
    {
        foreach (OptionSpec spec in OptionTable.All)
        {
            var option = new Option<string>("--" + spec.Name)
            {
                Description = spec.Description,
                HelpName = spec.Argument,
            };
            _options.Add((spec, option));
            _root.Options.Add(option);
        }

        _root.Options.Add(_config);
        _parsed = _root.Parse(args);
    }

    /// <summary>What is wrong with it, a sentence each.</summary>
    internal IEnumerable<string> Errors => _parsed.Errors.Select(static error => error.Message);

    /// <summary>Whether it asks for a text (help, version) instead of a run; <see cref="Invoke"/> shows that.</summary>
    internal bool AsksForText => _parsed.Errors.Count == 0 && _parsed.Action is not null;

    /// <summary>The file that it names, or null.</summary>
    internal string? ConfigFile => _parsed.GetValue(_config);

    /// <summary>Shows what it asks for.</summary>
    internal int Invoke() => _parsed.Invoke();

    /// <summary>What it says.</summary>
    internal IEnumerable<GivenValue> Values()
    {
        foreach ((OptionSpec spec, Option<string> option) in _options)
        {
            // One that is given twice is among the errors, and has no value.
            if (_parsed.GetResult(option)?.Errors.Any() != true && _parsed.GetValue(option) is { } value)
            {
                yield return new GivenValue(spec, value, option.Name);
            }
        }
    }
}
