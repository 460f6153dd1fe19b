using System.Globalization;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

/// <summary>A replica's options in a scenario: small numbers, so that little has to happen before something shows.</summary>
internal static class ScenarioOptions
{
    internal static LogOptions Parse(string[] words)
    {
        LogOptions options = new() { DigestRecords = 1000 };
        foreach (string word in words)
        {
            string[] parts = word.Split('=');
            int value = int.Parse(parts[1], CultureInfo.InvariantCulture);
            options = With(options, parts[0], value);
        }

        return options;
    }

    private static LogOptions With(LogOptions options, string name, int value) => name switch
    {
        "heartbeat" => options with { HeartbeatInterval = TimeSpan.FromMilliseconds(value) },
        "self-stop" => options with { SelfStopAfter = TimeSpan.FromMilliseconds(value) },
        "batch" => options with { BatchBytesMax = value },
        "queue" => options with { QueueBytesMax = value },
        "read" => options with { ReadBytesMax = value },
        "checkpoint" => options with { CheckpointRecords = value },
        "checkpoint-bytes" => options with { CheckpointBytes = value },
        "chunk" => options with { ChunkBytes = value },
        "digest" => options with { DigestRecords = value },
        _ => throw new ArgumentException($"'{name}' is not an option"),
    };
}
