using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Runtime.Hosting;
using Orleans.Serialization.Serializers;
using Orleans.Storage;
using OrleansShards.Core;
using OrleansShards.Grains.Clustering;
using OrleansShards.Grains.Storage;
using OrleansShards.Storage;
using OrleansShards.Storage.Directory;
using OrleansShards.Storage.InMemory;
using OrleansShards.Storage.Postgres;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.Grains.Hosting;

/// <summary>
/// Says where a silo's logs live: one of these is called for each silo. The store is opened when the silo starts, and
/// raced for: one that does not create records atomically fails the start. It is closed after the grains have ended.
/// </summary>
/// <remarks>
/// Our own stores can keep any grain's state, too: they are registered as the grain storage provider
/// <see cref="LogGrainStorage.ProviderName"/> unless told not to.
/// </remarks>
public static class LogStoreSiloBuilderExtensions
{
    /// <summary>In a SQLite file: for one silo on one machine.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="directory">The directory that holds the file; created where it is missing.</param>
    /// <param name="asGrainStorage">Whether it is a grain storage provider, too. Default true.</param>
    public static ISiloBuilder AddSqliteLogStore(this ISiloBuilder builder, string directory, bool asGrainStorage = true) =>
        builder.AddSqliteLogStore(new SqliteLogStoreOptions { Directory = directory }, asGrainStorage);

    /// <inheritdoc cref="AddSqliteLogStore(ISiloBuilder, string, bool)" />
    /// <param name="builder">The silo.</param>
    /// <param name="options">Checked when the silo starts; every error is reported at once.</param>
    /// <param name="asGrainStorage">Whether it is a grain storage provider, too. Default true.</param>
    public static ISiloBuilder AddSqliteLogStore(
        this ISiloBuilder builder, SqliteLogStoreOptions options, bool asGrainStorage = true)
    {
        ArgumentNullException.ThrowIfNull(options);
        OwnLogStoreSource Create(IServiceProvider _) => new(
            $"The SQLite log store in '{options.Directory}'",
            async () =>
            {
                SharedDirectory.Refuse(options.Directory);
                return await SqliteLogStore.OpenAsync(options);
            },
            isOurs: true,
            probe: new LogName("probe"));
        return builder.AddOwn(nameof(AddSqliteLogStore), options.Validate(), Create, asGrainStorage);
    }

    /// <summary>In a directory: for any number of silos on one machine.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="directory">The directory that holds the logs and nothing else; created where it is missing.</param>
    /// <param name="asGrainStorage">Whether it is a grain storage provider, too. Default true.</param>
    public static ISiloBuilder AddDirectoryLogStore(this ISiloBuilder builder, string directory, bool asGrainStorage = true) =>
        builder.AddDirectoryLogStore(new DirectoryLogStoreOptions { Directory = directory }, asGrainStorage);

    /// <inheritdoc cref="AddDirectoryLogStore(ISiloBuilder, string, bool)" />
    /// <param name="builder">The silo.</param>
    /// <param name="options">Checked when the silo starts; every error is reported at once.</param>
    /// <param name="asGrainStorage">Whether it is a grain storage provider, too. Default true.</param>
    public static ISiloBuilder AddDirectoryLogStore(
        this ISiloBuilder builder, DirectoryLogStoreOptions options, bool asGrainStorage = true)
    {
        ArgumentNullException.ThrowIfNull(options);
        OwnLogStoreSource Create(IServiceProvider _) => new(
            $"The log store in the directory '{options.Directory}'",
            async () => await DirectoryLogStore.OpenAsync(options),
            isOurs: true,
            probe: null);
        return builder.AddOwn(nameof(AddDirectoryLogStore), options.Validate(), Create, asGrainStorage);
    }

    /// <summary>In a PostgreSQL database: for any number of silos.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="connectionString">See <see cref="PostgresLogStoreOptions.ConnectionString"/>.</param>
    /// <param name="asGrainStorage">Whether it is a grain storage provider, too. Default true.</param>
    public static ISiloBuilder AddPostgresLogStore(
        this ISiloBuilder builder, string connectionString, bool asGrainStorage = true) =>
        builder.AddPostgresLogStore(new PostgresLogStoreOptions { ConnectionString = connectionString }, asGrainStorage);

    /// <inheritdoc cref="AddPostgresLogStore(ISiloBuilder, string, bool)" />
    /// <param name="builder">The silo.</param>
    /// <param name="options">Checked when the silo starts; every error is reported at once.</param>
    /// <param name="asGrainStorage">Whether it is a grain storage provider, too. Default true.</param>
    public static ISiloBuilder AddPostgresLogStore(
        this ISiloBuilder builder, PostgresLogStoreOptions options, bool asGrainStorage = true)
    {
        ArgumentNullException.ThrowIfNull(options);
        OwnLogStoreSource Create(IServiceProvider _) => new(
            $"The PostgreSQL log store in schema '{options.SchemaName}'",
            async () => await PostgresLogStore.OpenAsync(options),
            isOurs: true,
            probe: new LogName($"probe/{Guid.NewGuid():N}"));
        return builder.AddOwn(nameof(AddPostgresLogStore), options.Validate(), Create, asGrainStorage);
    }

    /// <summary>In the memory of this process, gone with it: for tests, and for a silo that keeps nothing.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="shared">
    /// One that several silos of this process use, and that the caller disposes of. Null unless set: the silo's own.
    /// </param>
    /// <param name="asGrainStorage">Whether it is a grain storage provider, too. Default true.</param>
    public static ISiloBuilder AddInMemoryLogStore(
        this ISiloBuilder builder, InMemoryLogStore? shared = null, bool asGrainStorage = true)
    {
        OwnLogStoreSource Create(IServiceProvider _) => new(
            "The log store in memory",
            () => Task.FromResult<ILogStore>(shared ?? new InMemoryLogStore()),
            isOurs: shared is null,
            probe: new LogName($"probe/{Guid.NewGuid():N}"));
        return builder.AddOwn(nameof(AddInMemoryLogStore), [], Create, asGrainStorage);
    }

    /// <summary>
    /// Through a grain storage provider of this silo, one record one state. Whether it can be trusted with them is tried
    /// when the silo starts (<see cref="GrainStorageProbe"/>).
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="providerName">
    /// The name the provider is registered under. Where it is one of ours, its store is used directly.
    /// </param>
    public static ISiloBuilder AddGrainStateLogStore(this ISiloBuilder builder, string providerName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        string[] errors = string.IsNullOrWhiteSpace(providerName)
            ? ["providerName is empty; expected the name of a grain storage provider."]
            : [];
        builder.Services.AddSingleton(services => new ProviderLogStoreSource(providerName, services));
        builder.Services.AddSingleton<ILogStoreSource>(static services => services.GetRequiredService<ProviderLogStoreSource>());
        string call = $"{nameof(AddGrainStateLogStore)}(\"{providerName}\")";
        return builder.AddChecks(new LogStoreRegistration(call, null, providerName, errors));
    }

    private static ISiloBuilder AddOwn(
        this ISiloBuilder builder,
        string call,
        IReadOnlyList<string> errors,
        Func<IServiceProvider, OwnLogStoreSource> create,
        bool asGrainStorage)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(create);
        // Where a provider is used by its name, that one comes first, and leads to this.
        builder.Services.TryAddSingleton<ILogStoreSource>(static services => services.GetRequiredService<OwnLogStoreSource>());
        if (asGrainStorage)
        {
            builder.Services.AddGrainStorage(LogGrainStorage.ProviderName, CreateGrainStorage);
        }

        string? provider = asGrainStorage ? LogGrainStorage.ProviderName : null;
        return builder.AddChecks(new LogStoreRegistration(call, provider, null, errors));
    }

    private static LogGrainStorage CreateGrainStorage(IServiceProvider services, string name) => new(
        services.GetRequiredService<OwnLogStoreSource>(),
        services.GetKeyedService<IGrainStorageSerializer>(name) ?? services.GetRequiredService<IGrainStorageSerializer>(),
        services.GetRequiredService<IActivatorProvider>());

    private static ISiloBuilder AddChecks(this ISiloBuilder builder, LogStoreRegistration registration)
    {
        builder.Services.AddSingleton(registration);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Transient<IConfigurationValidator, LogStoreValidator>());
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<ILifecycleParticipant<ISiloLifecycle>, LogStoreStart>());
        return builder;
    }
}
