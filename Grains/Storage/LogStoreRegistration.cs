using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace OrleansShards.Grains.Storage;

/// <summary>A choice of a silo's log store by a method call, with the errors in its options. More than one is an error.</summary>
internal sealed record LogStoreRegistration(string Call, string? Provider, IReadOnlyList<string> Errors);

/// <summary>Checks the choice of the log store before the silo starts. Reports every error at once.</summary>
internal sealed class LogStoreValidator(IEnumerable<LogStoreRegistration> registrations, IServiceProviderIsKeyedService keyed)
    : IConfigurationValidator
{
    public void ValidateConfiguration()
    {
        string[] errors = [.. Errors()];
        if (errors.Length > 0)
            throw new OrleansConfigurationException($"The silo's log store: {string.Join(' ', errors)}");
    }

    private IEnumerable<string> Errors()
    {
        LogStoreRegistration[] all = [.. registrations];
        foreach (LogStoreRegistration registration in all)
        {
            foreach (string error in registration.Errors)
                yield return $"{registration.Call}: {error}";

            if (!string.IsNullOrWhiteSpace(registration.Provider) && !keyed.IsKeyedService(typeof(IGrainStorage), registration.Provider))
                yield return $"{registration.Call}: there is no grain storage provider '{registration.Provider}' in this silo.";
        }

        if (all.Length > 1)
            yield return $"{string.Join(" and ", all.Select(static one => one.Call))} were called; expected one of them.";
    }
}
