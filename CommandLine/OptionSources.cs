using System.Collections;

namespace OrleansShards.CommandLine;

/// <summary>Where a program's options may come from besides its command line.</summary>
/// <param name="VariablePrefix">What the names of its environment variables begin with; case does not matter.</param>
/// <param name="DefaultFile">The JSON file that is read from the working directory if it exists and no other is named.</param>
/// <param name="OwnsPrefix">Whether a variable with that prefix that is no option is an error; not where programs share the prefix.</param>
public sealed record OptionSources(string VariablePrefix, string DefaultFile, bool OwnsPrefix)
{
    /// <summary>Whether neither has anything to say; cheap, for a program that is to start fast.</summary>
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

    /// <summary>The default file; null where it does not exist.</summary>
    public string? FoundFile() => File.Exists(DefaultFile) ? DefaultFile : null;
}
