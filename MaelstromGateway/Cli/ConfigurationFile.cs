using Microsoft.Extensions.Configuration;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>The environment and the file, as .NET's configuration reads them.</summary>
internal static class ConfigurationFile
{
    /// <summary>The file that is read from the working directory if it is there and no other is named.</summary>
    internal const string DefaultName = "orleansshards.json";

    /// <summary>What the file <paramref name="path"/> says.</summary>
    internal static void Read(string path, OptionsReader reader)
    {
        IConfigurationRoot root;
        try
        {
            root = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(path), optional: false).Build();
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            reader.AddError($"the file {path} cannot be read: {(error.InnerException ?? error).Message}");
            return;
        }

        foreach (IConfigurationSection section in root.GetChildren())
        {
            OptionSpec? option = OptionTable.All.FirstOrDefault(option => option.IsCalled(section.Key));
            if (option is null || section.Value is null)
            {
                reader.AddError($"\"{section.Key}\" in {path} is no option; expected one of "
                    + string.Join(", ", OptionTable.All.Select(static option => option.Name)));
                continue;
            }

            reader.Add([new GivenValue(option, section.Value, $"\"{section.Key}\" in {path}")]);
        }
    }

    /// <summary>What the environment says, and in <paramref name="configFile"/> the file that it names.</summary>
    internal static IEnumerable<GivenValue> ReadEnvironment(out string? configFile)
    {
        var builder = new ConfigurationBuilder();
        IConfigurationRoot root = builder.AddEnvironmentVariables(OptionTable.VariablePrefix).Build();
        configFile = root[OptionTable.ConfigName];
        return
        [
            .. from section in root.GetChildren()
               let option = OptionTable.All.FirstOrDefault(option => option.IsCalled(section.Key))
               where option is not null
               select new GivenValue(option, section.Value ?? "", OptionTable.VariablePrefix + section.Key),
        ];
    }
}
