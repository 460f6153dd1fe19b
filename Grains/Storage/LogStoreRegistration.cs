using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace OrleansShards.Grains.Storage;

/// <summary>That a silo was told where its logs live. Several of them are a mistake.</summary>
/// <param name="Call">What was called, for texts.</param>
/// <param name="Provider">The grain storage provider that it uses, if it does.</param>
/// <param name="Errors">What is wrong with the options.</param>
internal sealed record LogStoreRegistration(string Call, string? Provider, IReadOnlyList<string> Errors);

/// <summary>Checks, before the silo starts, what it was told about its logs. Reports every error at once.</summary>
internal sealed class LogStoreValidator(IEnumerable<LogStoreRegistration> registrations, IServiceProviderIsKeyedService keyed)
    : IConfigurationValidator
{
    /// <exception cref="OrleansConfigurationException">It cannot be done.</exception>
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

            if (!string.IsNullOrWhiteSpace(registration.Provider)
                && !keyed.IsKeyedService(typeof(IGrainStorage), registration.Provider))
            {
                yield return $"{registration.Call}: there is no grain storage provider '{registration.Provider}' in this silo.";
            }
        }

        if (all.Length > 1)
            yield return $"{string.Join(" and ", all.Select(static one => one.Call))} were called; expected one of them.";
    }
}

/// <summary>
/// Opens the store when the silo starts, so that one that cannot be used fails the start and not the first request. At
/// the last stage, since providers may be grains themselves.
/// </summary>
internal sealed class LogStoreStart(ILogStoreSource source) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(LogStoreStart), ServiceLifecycleStage.Active, _ => source.OpenAsync());
}
