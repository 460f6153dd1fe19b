using System.Text.Json;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>Looks into a line that the gateway wrote.</summary>
internal static class Reply
{
    internal static JsonElement Body(string line)
    {
        using JsonDocument message = JsonDocument.Parse(line);
        return message.RootElement.GetProperty("body").Clone();
    }

    internal static string TypeOf(string line) => Body(line).GetProperty("type").GetString()!;

    internal static int CodeOf(string line) => Body(line).GetProperty("code").GetInt32();

    internal static long AnswersTo(string line) => Body(line).GetProperty("in_reply_to").GetInt64();

    internal static long IdOf(string line) => Body(line).GetProperty("msg_id").GetInt64();

    internal static string TextOf(string line) => Body(line).GetProperty("text").GetString()!;
}
