using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using OrleansShards.Grains.Clustering;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Storage;
using OrleansShards.Storage.Directory;
using OrleansShards.Storage.InMemory;
using OrleansShards.Storage.Postgres;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.Grains.Hosting;

/// <summary>
/// The log stores; each silo is given exactly one. The store is opened and probed when the silo starts: one that does not create records
/// atomically fails the start, and so does one that belongs to another cluster. It is closed after the grains have stopped.
/// </summary>
public static partial class LogStoreSiloBuilderExtensions
{
    private static readonly LogName Probe = new("probe");

    /// <summary>Keeps the logs in a SQLite file: for one silo on one machine.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="directory">The directory that holds the file; created if it is missing.</param>
    public static ISiloBuilder AddSqliteLogStore(this ISiloBuilder builder, string directory) =>
        builder.AddSqliteLogStore(new SqliteLogStoreOptions { Directory = directory });

    /// <inheritdoc cref="AddSqliteLogStore(ISiloBuilder, string)" />
    /// <param name="builder">The silo.</param>
    /// <param name="options">Checked when the silo starts; every error is reported at once.</param>
    public static ISiloBuilder AddSqliteLogStore(this ISiloBuilder builder, SqliteLogStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return builder.Add(
            nameof(AddSqliteLogStore),
            options.Validate(),
            $"The SQLite log store in '{options.Directory}'",
            async () =>
            {
                SharedDirectory.Refuse(options.Directory);
                return await SqliteLogStore.OpenAsync(options);
            },
            Probe);
    }

    /// <summary>Keeps the logs in a directory: for any number of silos that share it.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="directory">The directory that holds the logs and nothing else; created if it is missing.</param>
    public static ISiloBuilder AddDirectoryLogStore(this ISiloBuilder builder, string directory) =>
        builder.AddDirectoryLogStore(new DirectoryLogStoreOptions { Directory = directory });

    /// <inheritdoc cref="AddDirectoryLogStore(ISiloBuilder, string)" />
    /// <param name="builder">The silo.</param>
    /// <param name="options">Checked when the silo starts; every error is reported at once.</param>
    public static ISiloBuilder AddDirectoryLogStore(this ISiloBuilder builder, DirectoryLogStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return builder.Add(
            nameof(AddDirectoryLogStore),
            options.Validate(),
            $"The log store in the directory '{options.Directory}'",
            async () => await DirectoryLogStore.OpenAsync(options),
            // The store probes the directory itself when it is opened.
            probe: null);
    }

    /// <summary>Keeps the logs in a PostgreSQL database: for any number of silos.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="connectionString">See <see cref="PostgresLogStoreOptions.ConnectionString"/>.</param>
    public static ISiloBuilder AddPostgresLogStore(this ISiloBuilder builder, string connectionString) =>
        builder.AddPostgresLogStore(new PostgresLogStoreOptions { ConnectionString = connectionString });

    /// <inheritdoc cref="AddPostgresLogStore(ISiloBuilder, string)" />
    /// <param name="builder">The silo.</param>
    /// <param name="options">Checked when the silo starts; every error is reported at once.</param>
    public static ISiloBuilder AddPostgresLogStore(this ISiloBuilder builder, PostgresLogStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(builder);
        string description = $"The PostgreSQL log store in schema '{options.SchemaName}'";
        return builder.Add(new LogStoreRegistration(nameof(AddPostgresLogStore), null, options.Validate()), services => new LogStoreSource(
            description,
            async () => await PostgresLogStore.OpenAsync(options with { OnFailure = options.OnFailure ?? Log(services) }),
            async store =>
            {
                await SiloClaim.TakeAsync(services, store, description);
                await LogStoreProbe.CheckAsync(store, Probe, description, LogStoreProbe.KeptIfShared);
            }));

        static Action<string> Log(IServiceProvider services)
        {
            ILogger logger = services.GetRequiredService<ILoggerFactory>().CreateLogger<PostgresLogStore>();
            return text => LogFailure(logger, text);
        }
    }

    /// <summary>Keeps the logs in the memory of this process: for tests, and for a silo whose data ends with it.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="shared">A store that several silos of this process share and the caller disposes. Default: the silo's own.</param>
    public static ISiloBuilder AddInMemoryLogStore(this ISiloBuilder builder, InMemoryLogStore? shared = null) => builder.Add(
        nameof(AddInMemoryLogStore),
        [],
        "The log store in memory",
        () => Task.FromResult<ILogStore>(shared ?? new InMemoryLogStore()),
        new LogName($"probe/{Guid.NewGuid():N}"),
        isOurs: shared is null,
        isKept: false);

    /// <summary>
    /// Keeps the logs in a grain storage provider of this silo, one state for each record. Whether the provider is safe is probed when the
    /// silo starts (<see cref="GrainStorageProbe"/>).
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="providerName">The name the provider is registered under.</param>
    public static ISiloBuilder AddGrainStateLogStore(this ISiloBuilder builder, string providerName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        string[] errors = string.IsNullOrWhiteSpace(providerName)
            ? ["providerName is empty; expected the name of a grain storage provider."]
            : [];
        string call = $"{nameof(AddGrainStateLogStore)}(\"{providerName}\")";
        string description = $"The log store over grain storage provider '{providerName}'";
        return builder.Add(new LogStoreRegistration(call, providerName, errors), services => new LogStoreSource(
            description,
            () => Task.FromResult<ILogStore>(new GrainStateLogStore(Provider(services), providerName)),
            async store =>
            {
                await SiloClaim.TakeAsync(services, store, description);
                await GrainStorageProbe.CheckAsync(Provider(services), providerName);
            }));

        // Resolved only when the store is opened: the validator checks first that there is such a provider, with a better error text.
        IGrainStorage Provider(IServiceProvider services) => services.GetRequiredKeyedService<IGrainStorage>(providerName);
    }

    private static ISiloBuilder Add(
        this ISiloBuilder builder, string call, IReadOnlyList<string> errors, string description, Func<Task<ILogStore>> open,
        LogName? probe, bool isOurs = true, bool isKept = true)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new LogStoreRegistration(call, null, errors), services => new LogStoreSource(
            description,
            open,
            async store =>
            {
                if (isKept)
                    await SiloClaim.TakeAsync(services, store, description);

                if (probe is { } log)
                    await LogStoreProbe.CheckAsync(store, log, description);
            },
            isOurs));
    }

    private static ISiloBuilder Add(
        this ISiloBuilder builder, LogStoreRegistration registration, Func<IServiceProvider, LogStoreSource> create)
    {
        builder.Services.AddSingleton<ILogStoreSource>(create);
        builder.Services.AddSingleton(registration);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Transient<IConfigurationValidator, LogStoreValidator>());
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<StoreWatch>();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<ILifecycleParticipant<ISiloLifecycle>, LogStoreStart>());
        return builder;
    }

    [LoggerMessage(LogEvents.StoreFailure, LogLevel.Warning, "{Failure}")]
    private static partial void LogFailure(ILogger logger, string failure);
}
