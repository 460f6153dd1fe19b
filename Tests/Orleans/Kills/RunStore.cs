using System.Globalization;
using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Kills;

/// <summary>What silos keep their logs in.</summary>
internal enum StoreKind
{
    /// <summary>SQLite, which one silo has for itself.</summary>
    Sqlite,

    /// <summary>A directory that three silos share.</summary>
    Directory,

    /// <summary>A schema in PostgreSQL that three silos share.</summary>
    Postgres,
}

/// <summary>A store of its own for one run, and the silos that use it.</summary>
internal sealed class RunStore : IAsyncDisposable
{
    private static readonly string[] Groups = ["n1", "n2", "n3"];

    private readonly StoreKind _kind;
    private readonly TestSchema? _schema;
    private readonly string _directory;

    /// <summary>Skips the test where there is no PostgreSQL and one is wanted.</summary>
    /// <param name="kind">What they are kept in.</param>
    /// <param name="disk">Where its files are; null for a directory like all temporary ones.</param>
    internal RunStore(StoreKind kind, string? disk = null)
    {
        _kind = kind;
        _schema = kind == StoreKind.Postgres ? new TestSchema() : null;
        _directory = disk is null
            ? Directory.CreateTempSubdirectory("orleansshards-kills-").FullName
            : Directory.CreateDirectory(Path.Combine(disk, "kills")).FullName;
    }

    /// <summary>The cluster's name, which only this run has.</summary>
    internal string ClusterId { get; } = $"run-{Guid.NewGuid():N}";

    /// <summary>The places of its silos: none runs yet.</summary>
    internal SiloSlot[] Silos()
    {
        string[] options = ["--cluster-id", ClusterId, "--nodes", string.Join(',', Groups), .. Place()];
        return _kind == StoreKind.Sqlite
            ? [new SiloSlot(string.Join(',', Groups), [], [.. options, "--name", Groups[0]])]
            : [.. Groups.Select(group => new SiloSlot(group, [], [.. options, "--name", group]))];
    }

    /// <summary>How much is stored: bytes, and files or tables.</summary>
    internal async Task<(long Bytes, int Files)> SizeAsync()
    {
        if (_schema is null)
        {
            FileInfo[] files = FilesThatStay();
            return (files.Sum(static file => file.Exists ? file.Length : 0), files.Length);
        }

        object? bytes = await _schema.AskAsync(
            "select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            + $"where c.relkind = 'r' and n.nspname in ('{_schema.Name}', '{_schema.Name}_membership')");
        return (Convert.ToInt64(bytes, CultureInfo.InvariantCulture), 0);
    }

    public async ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        if (_schema is not null)
        {
            await _schema.AskAsync($"drop schema if exists {_schema.Name}_membership cascade");
            await _schema.DisposeAsync();
        }
    }

    private string[] Place() => _kind switch
    {
        StoreKind.Sqlite => ["--data", _directory],
        StoreKind.Directory => ["--cluster", "directory", "--data", _directory],
        StoreKind.Postgres =>
            ["--cluster", "postgres", "--connection", _schema!.Options.ConnectionString, "--schema", _schema.Name],
    };

    // A file may go while its directory is listed.
    private FileInfo[] FilesThatStay() => [.. new DirectoryInfo(_directory).EnumerateFiles("*", new EnumerationOptions
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
    })];
}
