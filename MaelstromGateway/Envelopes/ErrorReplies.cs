namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>An error as a message's body.</summary>
internal static class ErrorReplies
{
    internal static void Write(this ErrorReply error, ref ReplyWriter to)
    {
        to.Begin("error"u8);
        to.Field("code"u8, (int)error.Code);
        to.Field("text"u8, error.Text);
        if (error.Primary is { } primary)
            to.Field("primary"u8, primary);

        if (error.Owner is { } owner)
            to.Field("gid"u8, owner);
    }
}
