using OrleansShards.Core;
using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Errors;

/// <summary>An error as it is answered.</summary>
/// <param name="Code">What kind.</param>
/// <param name="Text">For people: what is wrong, and what to do.</param>
/// <param name="Primary">The primary, where the refusal is because it is another; null otherwise.</param>
/// <param name="Owner">The group that has the shard, where the refusal is because it is another; null
/// otherwise.</param>
internal sealed record ErrorReply(
    ErrorCode Code, string Text, MasterName? Primary = null, GroupId? Owner = null) : IReply
{
    /// <inheritdoc/>
    public void Write(ref ReplyWriter writer)
    {
        writer.Begin("error"u8);
        writer.Json.Name("code"u8);
        writer.Json.WriteNumber((int)Code);
        writer.Json.Name("text"u8);
        writer.Json.WriteString(Text);
        if (Primary is { } primary)
        {
            writer.Json.Name("primary"u8);
            writer.Json.WriteString(primary.Value);
        }

        if (Owner is { } owner)
        {
            writer.Json.Name("gid"u8);
            writer.Json.WriteString(owner.Value);
        }
    }
}
