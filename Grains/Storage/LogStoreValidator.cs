using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace OrleansShards.Grains.Storage;

/// <summary>Checks, before the silo starts, what it was told about its logs. Reports every error at once.</summary>
internal sealed class LogStoreValidator(IEnumerable<LogStoreRegistration> registrations, IServiceProviderIsKeyedService keyed)
    : IConfigurationValidator
{
    /// <exception cref="OrleansConfigurationException">It cannot be done.</exception>
    public void ValidateConfiguration()
    {
        string[] errors = [.. Errors()];
        if (errors.Length > 0)
        {
            throw new OrleansConfigurationException($"The silo's log store: {string.Join(' ', errors)}");
        }
    }

    private IEnumerable<string> Errors()
    {
        LogStoreRegistration[] all = [.. registrations];
        foreach (LogStoreRegistration registration in all)
        {
            foreach (string error in registration.Errors)
            {
                yield return $"{registration.Call}: {error}";
            }

            if (!string.IsNullOrWhiteSpace(registration.UsedProvider)
                && !keyed.IsKeyedService(typeof(IGrainStorage), registration.UsedProvider))
            {
                yield return
                    $"{registration.Call}: there is no grain storage provider '{registration.UsedProvider}' in this silo.";
            }
        }

        // A provider of ours that is used by its name is one store, said twice.
        if (all.Count(one => !all.Any(other => other.UsedProvider is { } used && used == one.OwnProvider)) > 1)
        {
            yield return $"{string.Join(" and ", all.Select(static one => one.Call))} were called; expected one of them.";
        }
    }
}
