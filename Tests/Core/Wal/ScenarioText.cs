using System.Text.RegularExpressions;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

/// <summary>What replicas ask and tell, in words that a reader of a scenario understands.</summary>
internal static partial class ScenarioText
{
    internal static string Of(LogNotice<string> notice)
    {
        string context = notice.Context is null ? "" : $" {notice.Context}";
        string outcome = notice.Outcome is null ? "" : $" as entry {notice.Outcome}";
        string text = notice.Text is null ? "" : $": {Short(notice.Text)}";
        return $"{notice.Kind}{context}{outcome}{text}";
    }

    internal static string Of(Effect effect) => effect switch
    {
        Effect.Store store => "asks: " + Of(store.Request),
        Effect.Alarm alarm => "raises an alarm: " + Short(alarm.Text),
        _ => throw new InvalidOperationException($"{effect}"),
    };

    internal static string Short(string text) => Run().Replace(text, "#");

    private static string Of(StoreRequest request) => request switch
    {
        StoreRequest.Put put => $"put {put.Index} ({RecordBytes.Read(put.Record)})",
        StoreRequest.Read read => $"read from {read.From}",
        StoreRequest.Probe probe => $"probe {probe.Index}",
        StoreRequest.Drop drop => $"drop up to {drop.UpTo}, keep {string.Join(' ', drop.Keep)}",
        StoreRequest.PutChunk chunk => $"write chunk {chunk.Number} of checkpoint {chunk.Checkpoint.Index}",
        StoreRequest.Publish publish => $"publish checkpoint {publish.Checkpoint.Index}",
        StoreRequest.ReadManifest => "read the newest manifest",
        StoreRequest.ReadChunk chunk => $"read chunk {chunk.Number} of checkpoint {chunk.Checkpoint.Index}",
        _ => throw new InvalidOperationException($"{request}"),
    };

    [GeneratedRegex("@0*")]
    private static partial Regex Run();
}
