using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using OrleansShards.Core.Json;
using OrleansShards.Silo.Backups;

namespace OrleansShards.Silo.Api;

/// <summary>How the API writes JSON: names in snake_case, enums as words, null where something is not known.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ActionView))]
[JsonSerializable(typeof(ApiProblem))]
[JsonSerializable(typeof(BackupRunView))]
[JsonSerializable(typeof(CasArguments))]
[JsonSerializable(typeof(ClusterView))]
[JsonSerializable(typeof(FailoverArguments))]
[JsonSerializable(typeof(GroupsArguments))]
[JsonSerializable(typeof(GroupsView))]
[JsonSerializable(typeof(HistoryView))]
[JsonSerializable(typeof(KeyView))]
[JsonSerializable(typeof(MapView))]
[JsonSerializable(typeof(MastersView))]
[JsonSerializable(typeof(MigrateArguments))]
[JsonSerializable(typeof(MoveArguments))]
[JsonSerializable(typeof(MovesView))]
[JsonSerializable(typeof(RestoreView))]
[JsonSerializable(typeof(ShardArguments))]
[JsonSerializable(typeof(ShardView))]
[JsonSerializable(typeof(ShardsView))]
[JsonSerializable(typeof(StoreView))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(SwitchoverArguments))]
[JsonSerializable(typeof(VisitorView))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>Escapes only what JSON has to: these texts are no part of a page.</summary>
    internal static ApiJson Readable => Relaxed.Context;

    // A class of its own: the generated default is there before this is made of it.
    private static class Relaxed
    {
        internal static readonly ApiJson Context =
            new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}

internal sealed class MasterWordConverter()
    : JsonStringEnumConverter<MasterWord>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

/// <summary>A JSON value as the text that was written: numbers are not re-formatted.</summary>
[JsonConverter(typeof(JsonValueConverter))]
internal readonly record struct JsonValue(JsonText Text);

internal sealed class JsonValueConverter : JsonConverter<JsonValue>
{
    public override JsonValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument value = JsonDocument.ParseValue(ref reader);
        return new JsonValue(JsonText.Parse(value.RootElement.GetRawText()));
    }

    public override void Write(Utf8JsonWriter writer, JsonValue value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Text.Span, skipInputValidation: true);
}
