using System.Collections;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>
/// What a process was started with. Each of the three places costs tens of milliseconds to look at with the libraries
/// for it, and start-up is short: a place where nothing stands is not looked at.
/// </summary>
internal static class StartOptions
{
    /// <summary>
    /// The options; null where there is nothing to run, with the exit code: 0 after a text that was asked for, 2 after
    /// what was wrong has been written to <paramref name="errors"/>.
    /// </summary>
    internal static GatewayOptions? Read(string[] args, TextWriter errors, out int exitCode)
    {
        exitCode = 0;
        var reader = new OptionsReader();
        CommandLine? line = args.Length > 0 ? new CommandLine(args) : null;
        if (line is { AsksForText: true })
        {
            exitCode = line.Invoke();
            return null;
        }

        string? configFile = null;
        IEnumerable<GivenValue> environment = HasVariables() ? ConfigurationFile.ReadEnvironment(out configFile) : [];
        configFile = line?.ConfigFile ?? configFile
            ?? (File.Exists(ConfigurationFile.DefaultName) ? ConfigurationFile.DefaultName : null);
        if (configFile is not null)
        {
            ConfigurationFile.Read(configFile, reader);
        }

        reader.Add(environment);
        foreach (string error in line?.Errors ?? [])
        {
            reader.AddError(error);
        }

        reader.Add(line?.Values() ?? []);
        GatewayOptions options = reader.Build();
        if (reader.Errors.Count == 0)
        {
            return options;
        }

        foreach (string error in reader.Errors)
        {
            errors.WriteLine($"maelstrom-gateway: {error}");
        }

        errors.WriteLine("maelstrom-gateway: --help lists all options");
        exitCode = ExitCodes.BadOptions;
        return null;
    }

    private static bool HasVariables()
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (((string)variable.Key).StartsWith(OptionTable.VariablePrefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
