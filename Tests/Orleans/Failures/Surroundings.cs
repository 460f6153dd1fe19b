using System.Diagnostics;
using Npgsql;
using OrleansShards.Tests.Orleans.Silo;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>
/// What a fleet depends on, to be disturbed: a database server of its own, whose tables are on a small disk where this user may mount one,
/// and the wall clock of one silo where libfaketime is installed.
/// </summary>
internal sealed class Surroundings : IAsyncDisposable
{
    private const string DiskSize = "192m";

    private readonly string _directory = Directory.CreateTempSubdirectory("orleansshards-surroundings-").FullName;
    private readonly TestServer _server = new();
    private bool _isMounted;

    /// <summary>The silo whose clock jumps.</summary>
    internal const string ClockOf = "n3";

    internal TestSchema Schema { get; private set; } = null!;

    internal bool HasDisk => _isMounted;

    internal static bool HasClock => WrongClock.IsInstalled;

    private string Disk => Path.Combine(_directory, "disk");

    private string Ballast => Path.Combine(Disk, "ballast");

    private string Clock => Path.Combine(_directory, "clock");

    /// <summary>Skips the test where there is no PostgreSQL.</summary>
    internal static async Task<Surroundings> MakeAsync()
    {
        Surroundings made = new();
        try
        {
            await made._server.StartAsync("-c", "fsync=on");
            made.Schema = new TestSchema(made._server.Address);
            Directory.CreateDirectory(made.Disk);
            made._isMounted = Environment.UserName == "root"
                && Run("mount", "-t", "tmpfs", "-o", $"size={DiskSize}", "tmpfs", made.Disk)
                && Run("chown", "postgres", made.Disk) && Run("chmod", "711", made._directory);
            if (made._isMounted)
            {
                string database = new NpgsqlConnectionStringBuilder(made._server.Address).Database!;
                await made.Schema.AskAsync($"create tablespace small location '{made.Disk}'");
                await made.Schema.AskAsync($"alter database {database} set default_tablespace = small");
            }

            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a silo has in its environment.</summary>
    internal IReadOnlyCollection<KeyValuePair<string, string>> EnvironmentOf(string group) =>
        group == ClockOf && HasClock ? WrongClock.OffByFile(Clock) : [];

    /// <summary>The clock shows another time from now on, by so much off the right one.</summary>
    internal void SetClock(TimeSpan off) => WrongClock.Set(Clock, $"{off.TotalSeconds:+0;-0}s");

    /// <summary>The server is gone, as after a crash.</summary>
    internal Task StopDatabaseAsync() => _server.StopAsync();

    internal Task StartDatabaseAsync() => _server.StartAsync("-c", "fsync=on");

    internal void FillDisk()
    {
        byte[] block = new byte[64 * 1024];
        try
        {
            // Without a buffer: what does not fit must not come again when the file is closed.
            using FileStream ballast = new(Ballast, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
            while (true)
                ballast.Write(block);
        }
        catch (IOException)
        {
            // The disk is full.
        }
    }

    internal void FreeDisk() => File.Delete(Ballast);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        if (_isMounted)
            Run("umount", Disk);

        Directory.Delete(_directory, recursive: true);
    }

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
