using OrleansShards.Core;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>Writes fields with their names; null where there is nothing to say.</summary>
internal static class ReplyFields
{
    /// <summary>A text.</summary>
    internal static void Write(ReadOnlySpan<byte> name, string? text, ref ReplyWriter writer)
    {
        writer.Json.Name(name);
        if (text is null)
        {
            writer.Json.WriteNull();
        }
        else
        {
            writer.Json.WriteString(text);
        }
    }

    /// <summary>A number.</summary>
    internal static void Write(ReadOnlySpan<byte> name, long? number, ref ReplyWriter writer)
    {
        writer.Json.Name(name);
        if (number is { } known)
        {
            writer.Json.WriteNumber(known);
        }
        else
        {
            writer.Json.WriteNull();
        }
    }

    /// <summary>A group.</summary>
    internal static void Write(ReadOnlySpan<byte> name, GroupId? group, ref ReplyWriter writer) =>
        Write(name, group?.Value, ref writer);
}
