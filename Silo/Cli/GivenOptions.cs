namespace OrleansShards.Silo.Cli;

/// <summary>
/// What was given, from all places: the command line beats the environment, which beats the file. What cannot be read
/// is kept as an error, so that all that is wrong is said at once.
/// </summary>
internal sealed class GivenOptions
{
    private readonly Dictionary<string, GivenValue> _values = [];

    /// <summary>What is wrong, a sentence each.</summary>
    internal List<string> Errors { get; } = [];

    /// <summary>What was given to an option; null where nothing was.</summary>
    internal GivenValue? Find(string name) => _values.GetValueOrDefault(name);

    /// <summary>What all three places of this process say.</summary>
    internal static GivenOptions Read(CommandLine line) => Read(
        line,
        new ConfigurationBuilder().AddEnvironmentVariables(OptionTable.VariablePrefix).Build(),
        File.Exists(OptionTable.DefaultFile) ? OptionTable.DefaultFile : null);

    /// <summary>What all three places say.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="environment">The environment's variables, without the prefix.</param>
    /// <param name="otherwise">The file where neither of these names one; null for none.</param>
    internal static GivenOptions Read(CommandLine line, IConfiguration environment, string? otherwise)
    {
        GivenOptions given = new();
        string? file = line.ConfigFile ?? environment[OptionTable.ConfigName] ?? otherwise;
        if (file is not null)
        {
            given.AddFile(file);
        }

        given.AddEnvironment(environment);
        given.Errors.AddRange(line.Errors);
        foreach ((OptionSpec spec, GivenValue value) in line.Values())
        {
            given._values[spec.Name] = value;
        }

        return given;
    }

    private static OptionSpec? Called(string key) => OptionTable.All.FirstOrDefault(spec => spec.IsCalled(key));

    private void AddEnvironment(IConfiguration environment)
    {
        foreach (IConfigurationSection section in environment.GetChildren())
        {
            if (Called(section.Key) is { } spec)
            {
                _values[spec.Name] = new GivenValue(section.Value ?? "", OptionTable.VariablePrefix + section.Key);
            }
            else if (!string.Equals(section.Key, OptionTable.ConfigName, StringComparison.OrdinalIgnoreCase))
            {
                Errors.Add($"{OptionTable.VariablePrefix}{section.Key} is no option; --help lists them");
            }
        }
    }

    private void AddFile(string path)
    {
        try
        {
            IConfigurationRoot root = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(path), optional: false).Build();
            foreach (IConfigurationSection section in root.GetChildren())
            {
                AddFrom(path, section);
            }
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Errors.Add($"the file {path} cannot be read: {(error.InnerException ?? error).Message}");
        }
    }

    private void AddFrom(string path, IConfigurationSection section)
    {
        if (Called(section.Key) is { } spec && section.Value is { } value)
        {
            _values[spec.Name] = new GivenValue(value, $"\"{section.Key}\" in {path}");
        }
        else
        {
            Errors.Add($"\"{section.Key}\" in {path} is no option, or has no plain value; --help lists the options");
        }
    }
}
