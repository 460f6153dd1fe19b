using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OrleansShards.Backups;
using OrleansShards.Cli.Output;

namespace OrleansShards.Cli.Commands;

/// <summary><c>verify FILE</c>: reads a backup to its end, without a silo.</summary>
internal static class VerifyCommand
{
    private static readonly Argument<string> FileName = new("FILE") { Description = "The file of a backup." };

    internal static Command Build()
    {
        Command command = new("verify", "Verifies a backup's file to its end; needs no silo.");
        command.Arguments.Add(FileName);
        command.SetAction(async (parsed, stop) =>
        {
            string path = parsed.GetValue(FileName)!;
            Show(CommandOptions.ScreenOf(parsed), await ReadAsync(path, stop), path);
            return ExitCode.Done;
        });
        return command;
    }

    internal static async Task<BackupReport> ReadAsync(string path, CancellationToken stop)
    {
        try
        {
            await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, useAsync: true);
            return await BackupFile.VerifyAsync(file, new TransferProgress("verified"), stop);
        }
        catch (BackupDamageException damage)
        {
            throw new CliFailure(ExitCode.Refused, $"{path}: {damage.Message}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure(ExitCode.Refused, $"{path} cannot be read: {failure.Message}");
        }
    }

    internal static void Show(Screen screen, BackupReport report, string path)
    {
        if (screen.IsJson)
        {
            Screen.WriteJson(Json(report));
            return;
        }

        screen.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{path} is whole: backup {report.Backup} of cluster {report.Cluster}, begun {report.At:yyyy-MM-dd HH:mm:ss}Z: "
            + $"{report.Shards.Count} shards, {report.Keys:N0} keys, {report.Sessions:N0} sessions, {report.Bytes:N0} bytes"));
    }

    private static byte[] Json(BackupReport report)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            json.WriteString("backup", report.Backup);
            json.WriteString("cluster_id", report.Cluster);
            json.WriteString("at", report.At);
            json.WriteString("sha256", report.Digest);
            json.WriteNumber("keys", report.Keys);
            json.WriteNumber("sessions", report.Sessions);
            json.WriteNumber("bytes", report.Bytes);
            json.WriteStartArray("shards");
            foreach (BackupShard shard in report.Shards)
            {
                json.WriteStartObject();
                json.WriteNumber("shard", shard.Shard);
                json.WriteString("gid", shard.Gid);
                json.WriteNumber("epoch", shard.Epoch);
                json.WriteNumber("log_index", shard.LogIndex);
                json.WriteNumber("keys", shard.Keys);
                json.WriteNumber("sessions", shard.Sessions);
                json.WriteNumber("bytes", shard.Bytes);
                json.WriteString("digest", shard.Digest.ToString("x16", CultureInfo.InvariantCulture));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WritePropertyName("masters");
            json.WriteRawValue(report.Masters);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }
}

/// <summary>Bytes and rate on stderr, once a second, where that is a terminal.</summary>
internal sealed class TransferProgress(string done) : IProgress<BackupProgress>
{
    private readonly long _startedAt = Environment.TickCount64;
    private long _shownAt = Environment.TickCount64;

    public void Report(BackupProgress value)
    {
        long now = Environment.TickCount64;
        if (Console.IsErrorRedirected || now - _shownAt < 1000)
            return;

        _shownAt = now;
        double seconds = (now - _startedAt) / 1000.0;
        string shards = value.ShardCount > 0 ? $", {value.Shards} of {value.ShardCount} shards" : "";
        Console.Error.Write(string.Create(
            CultureInfo.InvariantCulture, $"\r{value.Bytes / 1e6:N1} MB {done}{shards}, {value.Bytes / 1e6 / seconds:N1} MB/s   "));
    }
}
