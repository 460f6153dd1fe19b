using OrleansShards.Client.Routing;

namespace OrleansShards.Client.Errors;

/// <summary>
/// The one table from outcomes to error codes. Only a definite outcome has a definite code. An outcome that is missing in the table is a
/// defect, and is answered with the indefinite code 13.
/// </summary>
internal static class ErrorTable
{
    /// <summary>The error that <paramref name="outcome"/> is answered with; null if it is not an error.</summary>
    internal static ErrorReply? Find(ClientOutcome outcome) => outcome switch
    {
        ClientOutcome.Applied { Reply: var reply } => OfReply(reply),
        ClientOutcome.Rejected { Reply: var reply } => OfReply(reply) ?? Unforeseen("a refusal", reply),
        ClientOutcome.NotApplied { Text: var text, Reply: var reply } => NotApplied(text, OfReply(reply)),
        ClientOutcome.Unknown { Text: var text } => new(ErrorCode.Timeout, $"it may or may not have taken effect: {text}"),
        _ => Unforeseen("an outcome", outcome),
    };

    /// <summary>The error for an exception while a request was processed.</summary>
    internal static ErrorReply Crash(Exception fault) => new(
        ErrorCode.Crash, $"an internal fault, and it may or may not have taken effect: {fault.GetType().Name}: {fault.Message}");

    private static ErrorReply NotApplied(string text, ErrorReply? last) => new(
        ErrorCode.TemporarilyUnavailable, $"not carried out, and it will not be: {text}", last?.Primary, last?.Owner);

    private static ErrorReply? OfReply(Message? reply) => reply switch
    {
        KeyReply key => OfKey(key),
        ShardRefusal refusal => new(OfShard(refusal.Kind), refusal.Text, Owner: refusal.Owner),
        MasterRefusal refusal => new(OfMaster(refusal.Kind), refusal.Text, refusal.Primary),
        NotPrimary refusal => new(ErrorCode.TemporarilyUnavailable, refusal.Text, refusal.Primary),
        ShardUnknown { Text: var text } => new(ErrorCode.Timeout, text),
        MasterUnknown { Text: var text } => new(ErrorCode.Timeout, text),
        _ => null,
    };

    private static ErrorReply? OfKey(KeyReply reply) => reply.Verdict switch
    {
        KeyVerdict.Done => null,
        KeyVerdict.Absent => new(ErrorCode.KeyDoesNotExist, "the key does not exist"),
        KeyVerdict.Differs => new(
            ErrorCode.PreconditionFailed, $"the present value is not the one in from; it is {FieldTexts.Excerpt(reply.Value.Span)}"),
        KeyVerdict.StaleSequence => new(
            ErrorCode.PreconditionFailed,
            "the field \"seq\" is lower than the client's last one, or was used for another kind of request; "
                + "expected it to rise with every new request"),
    };

    private static ErrorCode OfShard(ShardRefusalKind kind) => kind switch
    {
        ShardRefusalKind.NotHeld => ErrorCode.KeyDoesNotExist,
        ShardRefusalKind.Moved or ShardRefusalKind.WrongState => ErrorCode.PreconditionFailed,
        ShardRefusalKind.HandingOver or ShardRefusalKind.NotReady => ErrorCode.TemporarilyUnavailable,
        ShardRefusalKind.Malformed => ErrorCode.MalformedRequest,
    };

    private static ErrorCode OfMaster(MasterRefusalKind kind) => kind switch
    {
        MasterRefusalKind.UnknownName => ErrorCode.NodeNotFound,
        MasterRefusalKind.WrongState => ErrorCode.PreconditionFailed,
        MasterRefusalKind.Unavailable => ErrorCode.TemporarilyUnavailable,
    };

    private static ErrorReply Unforeseen(string what, Message message) => new(
        ErrorCode.Crash, $"an internal fault: {what} of the kind {message.GetType().Name} has no error code");
}
