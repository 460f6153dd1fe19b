using System.Collections;
using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.Extensions.Configuration;

namespace OrleansShards.CommandLine;

/// <summary>
/// Reads the options of a program into its settings. A value comes from the command line, else from an environment variable, else from a
/// JSON file. One pass finds all errors, each with the origin of the value. An instance reads once.
/// </summary>
/// <remarks>
/// Values of variables and files are parsed as if they were on the command line: one type, one check and one error text for all three. The
/// configuration binder cannot: it throws at the first value that it cannot convert, and does not know which variable or file has it.
/// </remarks>
/// <typeparam name="TSettings">What the program runs with; immutable.</typeparam>
public abstract class OptionReader<TSettings>
    where TSettings : class
{
    private const string ConfigName = "config";

    private readonly string _program;
    private readonly TSettings _defaults;
    private readonly OptionSources? _sources;
    private readonly RootCommand _command;
    private readonly Option<string> _config = new("--" + ConfigName)
    {
        Description = "Read options from this JSON file.",
        HelpName = "FILE",
    };

    private readonly List<Option<Func<TSettings, TSettings>[]>> _options = [];
    private readonly Dictionary<string, (string Origin, string[] Arguments)> _elsewhere = new(StringComparer.Ordinal);
    private readonly List<string> _errors = [];
    private ParseResult _parsed = null!;

    /// <summary>A derived constructor adds the options, in the order of the help.</summary>
    /// <param name="program">What error lines begin with.</param>
    /// <param name="description">What the program does, for the help.</param>
    /// <param name="defaults">The settings without any option.</param>
    /// <param name="sources">Where options may come from besides the command line; null for nowhere else.</param>
    protected OptionReader(string program, string description, TSettings defaults, OptionSources? sources = null)
    {
        (_program, _defaults, _sources) = (program, defaults, sources);
        string origins = sources is null ? "" : "\nEach option may also come from the environment "
            + $"({sources.VariablePrefix}MOVES_AT_ONCE for --moves-at-once) or from a JSON file (\"MovesAtOnce\"), {sources.DefaultFile} "
            + "in the working directory unless --config names another. The command line beats the environment, which beats the file.";
        _command = new RootCommand(description + origins);
        if (sources is not null)
            _command.Options.Add(_config);
    }

    /// <summary>Reads the options of this process; shows the help or the version if they ask for it.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Where the help goes.</param>
    /// <param name="errors">Where errors go, a line each.</param>
    /// <param name="exitCode">The exit code if there is nothing to run.</param>
    /// <returns>The settings; null if there is nothing to run.</returns>
    public TSettings? Read(string[] args, TextWriter output, TextWriter errors, out int exitCode)
    {
        _parsed = _command.Parse(args);
        if (_parsed is { Errors.Count: 0, Action: not null })
        {
            exitCode = _parsed.Invoke(new InvocationConfiguration { Output = output, Error = errors });
            return null;
        }

        TSettings settings = Finish(args, _sources?.Variables(), _sources?.FoundFile());
        if (_errors.Count == 0)
        {
            exitCode = ExitCodes.Success;
            return settings;
        }

        foreach (string error in _errors.Append("--help lists all options"))
            errors.WriteLine($"{_program}: {error}");

        exitCode = ExitCodes.BadOptions;
        return null;
    }

    /// <summary>Reads the options.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="variables">The environment variables that have the prefix, with their whole names; null for none.</param>
    /// <param name="defaultFile">The file that is read if no option names one; null for none.</param>
    /// <returns>The settings, valid only without errors; and the errors, a sentence each.</returns>
    public (TSettings Settings, IReadOnlyList<string> Errors) Read(
        string[] args, IReadOnlyDictionary<string, string>? variables, string? defaultFile)
    {
        _parsed = _command.Parse(args);
        return (Finish(args, variables, defaultFile), _errors);
    }

    /// <summary>Adds an option.</summary>
    /// <param name="name">Its name without leading dashes, words joined by one dash.</param>
    /// <param name="argument">The placeholder of its value in the help.</param>
    /// <param name="description">What it does, with its unit, limits and default.</param>
    /// <param name="parse">Parses its value; throws a <see cref="FormatException"/> that says what was expected.</param>
    /// <param name="set">Puts the value into the settings.</param>
    /// <param name="arity">How many values it takes; null for one.</param>
    protected void Add<T>(
        string name,
        string argument,
        string description,
        Func<string, T> parse,
        Func<TSettings, T, TSettings> set,
        ArgumentArity? arity = null) =>
        Add(name, argument, description, arity ?? ArgumentArity.ExactlyOne, text =>
        {
            T value = parse(text);
            return settings => set(settings, value);
        });

    /// <summary>Adds an option that may be repeated, and whose values may be separated by commas.</summary>
    protected void AddMany<T>(
        string name, string argument, string description, Func<string, T> parse, Func<TSettings, T, TSettings> set) =>
        Add(name, argument, description, parse, set, ArgumentArity.OneOrMore);

    /// <summary>Adds an option without a value.</summary>
    protected void AddFlag(string name, string description, Func<TSettings, TSettings> set) =>
        Add(name, null, description, ArgumentArity.Zero, _ => set);

    /// <summary>Checks the options against each other (<see cref="Refuse"/>), and completes the settings.</summary>
    /// <param name="settings">The settings, without the values that are wrong by themselves.</param>
    protected abstract TSettings Complete(TSettings settings);

    /// <summary>Whether an option was given, with a valid value or not.</summary>
    protected bool Has(string name) => _parsed.GetResult("--" + name) is OptionResult { Implicit: false };

    /// <summary>What an error calls an option: its name on the command line, its variable, or its key in the file.</summary>
    protected string Origin(string name) => _elsewhere.TryGetValue(name, out var given) ? given.Origin : "--" + name;

    /// <summary>Adds an error.</summary>
    protected void Refuse(string error) => _errors.Add(error);

    private TSettings Finish(string[] args, IReadOnlyDictionary<string, string>? variables, string? defaultFile)
    {
        AddFromElsewhere(variables ?? new Dictionary<string, string>(), defaultFile);
        string[] elsewhere = [.. _elsewhere.Values.SelectMany(static given => given.Arguments)];
        if (elsewhere.Length > 0)
            _parsed = _command.Parse([.. elsewhere, .. args]);

        _errors.AddRange(_parsed.Errors.Select(Text));
        return Complete(_options.SelectMany(option => Value(option) ?? []).Aggregate(_defaults, static (settings, set) => set(settings)));
    }

    // Not generic over the value's type: such code would be compiled when it first runs, which delays the start.
    private void Add(
        string name, string? argument, string description, ArgumentArity arity, Func<string, Func<TSettings, TSettings>> read)
    {
        Option<Func<TSettings, TSettings>[]> option = new("--" + name)
        {
            Description = description,
            HelpName = argument,
            Arity = arity,
            CustomParser = result => Parse(result, name, read),
        };
        _command.Options.Add(option);
        _options.Add(option);
    }

    private T? Value<T>(Option<T> option)
        where T : class =>
        _parsed.GetResult(option) is { } result && !result.Errors.Any() ? result.GetValueOrDefault<T>() : null;

    private Func<TSettings, TSettings>[] Parse(ArgumentResult result, string name, Func<string, Func<TSettings, TSettings>> read)
    {
        int most = result.Argument.Arity.MaximumNumberOfValues;
        if (most == 0)
            return [read("")];

        List<Func<TSettings, TSettings>> values = [];
        foreach (string text in result.Tokens.SelectMany(token => most > 1 ? token.Value.Split(',') : [token.Value]))
        {
            try
            {
                values.Add(read(text));
            }
            catch (FormatException wrong)
            {
                result.AddError($"{Origin(name)} is \"{text}\"; {wrong.Message}");
            }
        }

        return [.. values];
    }

    private string Text(ParseError error)
    {
        string? unknown = _parsed.UnmatchedTokens.FirstOrDefault(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal));
        return unknown?.StartsWith("--", StringComparison.Ordinal) == true
            ? error.Message.TrimEnd('.') + Nearest.Hint(unknown.Split('=', ':')[0], _options.Select(static option => option.Name), "")
            : error.Message;
    }

    /// <summary>Takes options from variables and the file that are not on the command line.</summary>
    private void AddFromElsewhere(IReadOnlyDictionary<string, string> variables, string? defaultFile)
    {
        ILookup<bool, KeyValuePair<string, string>> byUse = variables.ToLookup(one => Plain(Key(one.Key)) == Plain(ConfigName));
        if ((Value(_config) ?? byUse[true].Select(static one => one.Value).FirstOrDefault() ?? defaultFile) is { } path)
            AddFile(path);

        foreach ((string variable, string text) in byUse[false])
            AddElsewhere(Key(variable), text, variable, isOptional: !_sources!.OwnsPrefix);
    }

    private string Key(string variable) => variable[_sources!.VariablePrefix.Length..];

    private void AddFile(string path)
    {
        try
        {
            IConfigurationRoot root = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(path), optional: false).Build();
            foreach (IConfigurationSection section in root.GetChildren())
                AddElsewhere(section.Key, section.Value, $"\"{section.Key}\" in {path}", isOptional: false);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException)
        {
            Refuse($"the file {path} cannot be read: {(error.InnerException ?? error).Message}");
        }
    }

    private void AddElsewhere(string key, string? text, string origin, bool isOptional)
    {
        string[] names = [.. _options.Select(static option => option.Name[2..])];
        string? name = Array.Find(names, known => Plain(known) == Plain(key));
        if (name is null)
        {
            if (!isOptional)
            {
                string all = $"; expected one of {string.Join(", ", names)}";
                Refuse($"{origin} is no option{Nearest.Hint(key.ToLowerInvariant().Replace('_', '-'), names, all)}");
            }
        }
        else if (text is null)
        {
            Refuse($"{origin} has no plain value; expected a text, a number, true or false");
        }
        else if (!Has(name))
        {
            // One argument, so that a value may begin with a dash or @; two for an empty value, as --name= has none.
            _elsewhere[name] = (origin, text.Length > 0 ? [$"--{name}={text}"] : ["--" + name, ""]);
        }
    }

    /// <summary>Case, dashes and underscores do not matter.</summary>
    private static string Plain(string key) =>
        key.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
}

/// <summary>Where a program's options may come from besides its command line.</summary>
/// <param name="VariablePrefix">What the names of its environment variables begin with; case does not matter.</param>
/// <param name="DefaultFile">The JSON file that is read from the working directory if it exists and no option names another.</param>
/// <param name="OwnsPrefix">Whether an unknown variable with the prefix is an error; false if programs share the prefix.</param>
public sealed record OptionSources(string VariablePrefix, string DefaultFile, bool OwnsPrefix)
{
    /// <summary>Whether there are no variables and no default file; cheap, for a fast start.</summary>
    public bool AreEmpty() => Variables().Count == 0 && FoundFile() is null;

    /// <summary>The environment variables with the prefix.</summary>
    public IReadOnlyDictionary<string, string> Variables()
    {
        Dictionary<string, string> found = [];
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            string name = (string)variable.Key;
            if (name.StartsWith(VariablePrefix, StringComparison.OrdinalIgnoreCase))
                found[name] = (string?)variable.Value ?? "";
        }

        return found;
    }

    /// <summary>The default file; null if it does not exist.</summary>
    public string? FoundFile() => File.Exists(DefaultFile) ? DefaultFile : null;
}

/// <summary>The exit codes of all programs.</summary>
public static class ExitCodes
{
    /// <summary>The program served until it was told to stop, or found no rule broken.</summary>
    public const int Success = 0;

    /// <summary>The program could not start or continue, left a request unanswered, or found a rule broken; it has said why.</summary>
    public const int Failure = 1;

    /// <summary>The options are wrong; nothing has started.</summary>
    public const int BadOptions = 2;
}
