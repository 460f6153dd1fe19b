using System.Diagnostics;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace OrleansShards.Benchmarks.Compare;

/// <summary>PostgreSQL, which eng/postgres.sh starts: it refuses to run as root.</summary>
internal sealed class PostgresPeer(PeerOptions options) : Peer
{
    private const int ConnectionsMax = 100;

    private readonly string _script = Path.Combine(Path.GetDirectoryName(options.Script)!, "eng", "postgres.sh");
    private readonly string[] _keys = options.KeyNames();
    private readonly string _value = new('v', options.ValueBytes);
    private string? _directory;
    private NpgsqlDataSource? _source;

    internal override string Name => "PostgreSQL";

    internal override string Durability => "as by default: fsync and synchronous_commit on, fdatasync before an answer is sent";

    internal override string Client => $"Npgsql, {ConnectionsMax} pooled connections at most, prepared statements";

    internal override string? Missing =>
        Find("initdb") is null && !(Directory.Exists("/usr/lib/postgresql") && Directory.EnumerateDirectories("/usr/lib/postgresql").Any())
            ? "PostgreSQL (apt-get install postgresql)"
            : null;

    internal override async Task StartAsync(CancellationToken cancellationToken)
    {
        _directory = Directory.CreateTempSubdirectory("orleansshards-bench-").FullName;

        // The one that flushes waits before that, and others with it, whether there are any or not.
        string[] slowly = options.StoreDelay == TimeSpan.Zero ? [] :
        [
            "-c", string.Create(CultureInfo.InvariantCulture, $"commit_delay={options.StoreDelay.TotalMicroseconds:0}"),
            "-c", "commit_siblings=0",
        ];
        string connection = await ScriptAsync(["start", _directory, .. slowly], cancellationToken);
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection)
        {
            MaxPoolSize = ConnectionsMax,
            MaxAutoPrepare = 4,
            AutoPrepareMinUsages = 1,
            NoResetOnClose = true,
        });
        await using NpgsqlCommand create = _source.CreateCommand("create table kv (key text primary key, value text not null)");
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    internal override async Task WriteAsync(int key)
    {
        await using NpgsqlCommand command = _source!.CreateCommand(
            "insert into kv values ($1, $2) on conflict (key) do update set value = excluded.value");
        command.Parameters.Add(Text(_keys[key]));
        command.Parameters.Add(Text(_value));
        if (await command.ExecuteNonQueryAsync() != 1)
            throw new InvalidOperationException("PostgreSQL has not written a row");
    }

    internal override async Task ReadAsync(int key)
    {
        await using NpgsqlCommand command = _source!.CreateCommand("select value from kv where key = $1");
        command.Parameters.Add(Text(_keys[key]));
        if (await command.ExecuteScalarAsync() is null)
            throw new InvalidOperationException("PostgreSQL has not found a row");
    }

    public override async ValueTask DisposeAsync()
    {
        if (_source is not null)
            await _source.DisposeAsync();

        if (_directory is null)
            return;

        await ScriptAsync(["stop", _directory], CancellationToken.None);
        Directory.Delete(_directory, recursive: true);
    }

    private static NpgsqlParameter<string> Text(string text) => new() { TypedValue = text, NpgsqlDbType = NpgsqlDbType.Text };

    /// <summary>The last line that it prints.</summary>
    private async Task<string> ScriptAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using Process script = Process.Start(new ProcessStartInfo(_script, arguments) { RedirectStandardOutput = true })!;
        string said = await script.StandardOutput.ReadToEndAsync(cancellationToken);
        await script.WaitForExitAsync(cancellationToken);
        return script.ExitCode == 0
            ? said.TrimEnd().Split('\n')[^1]
            : throw new InvalidOperationException($"{_script} {arguments[0]} ended with status {script.ExitCode}");
    }
}
