using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.MaelstromGateway.Handlers;

namespace OrleansShards.MaelstromGateway.Errors;

/// <summary>
/// The one table from outcomes to error codes. A definite code stands only where the outcome is definite; an outcome
/// that is not in the table is a fault of ours and reads as "nobody knows" (13).
/// </summary>
internal static class ErrorTable
{
    /// <summary>The error that <paramref name="outcome"/> is answered with; null where it is no error.</summary>
    internal static ErrorReply? Find(ClientOutcome outcome) => outcome switch
    {
        ClientOutcome.Applied { Reply: KeyReply { Verdict: KeyVerdict.Done } } => null,
        ClientOutcome.Applied { Reply: var reply } => OfReply(reply),
        ClientOutcome.Rejected { Reply: var reply } => OfReply(reply) ?? Unforeseen("a refusal", reply),
        ClientOutcome.NotApplied { Text: var text, Reply: var reply } => new ErrorReply(
            ErrorCode.TemporarilyUnavailable,
            $"not carried out, and it will not be: {text}",
            PrimaryIn(reply),
            OwnerIn(reply)),
        ClientOutcome.Unknown { Text: var text } => new ErrorReply(
            ErrorCode.Timeout, $"it may have taken effect or not: {text}"),
        _ => Unforeseen("an outcome", outcome),
    };

    /// <summary>The error for a fault of ours in the middle of a request.</summary>
    internal static ErrorReply Crash(Exception fault) => new(
        ErrorCode.Crash,
        $"an internal fault, and it may have taken effect or not: {fault.GetType().Name}: {fault.Message}");

    private static ErrorReply? OfReply(Message reply) => reply switch
    {
        KeyReply { Verdict: var verdict } key => OfKey(verdict, key),
        ShardRefusal refusal => new ErrorReply(OfShard(refusal.Kind), refusal.Text, Owner: refusal.Owner),
        MasterRefusal refusal => new ErrorReply(OfMaster(refusal.Kind), refusal.Text, refusal.Primary),
        NotPrimary refusal => new ErrorReply(ErrorCode.TemporarilyUnavailable, refusal.Text, refusal.Primary),
        ShardUnknown { Text: var text } => new ErrorReply(ErrorCode.Timeout, text),
        MasterUnknown { Text: var text } => new ErrorReply(ErrorCode.Timeout, text),
        _ => null,
    };

    private static ErrorReply? OfKey(KeyVerdict verdict, KeyReply reply) => verdict switch
    {
        KeyVerdict.Done => null,
        KeyVerdict.Absent => new ErrorReply(ErrorCode.KeyDoesNotExist, "the key does not exist"),
        KeyVerdict.Differs => new ErrorReply(
            ErrorCode.PreconditionFailed,
            $"the present value is not the one in from; it is {FieldTexts.Excerpt(reply.Value.Span)}"),
        KeyVerdict.StaleSequence => new ErrorReply(
            ErrorCode.PreconditionFailed,
            "the field \"seq\" is lower than the client's last one, or was used for another kind of request; "
                + "expected it to rise with every new request"),
    };

    private static ErrorCode OfShard(ShardRefusalKind kind) => kind switch
    {
        ShardRefusalKind.NotHeld => ErrorCode.KeyDoesNotExist,
        ShardRefusalKind.Moved => ErrorCode.PreconditionFailed,
        ShardRefusalKind.HandingOver => ErrorCode.TemporarilyUnavailable,
        ShardRefusalKind.NotReady => ErrorCode.TemporarilyUnavailable,
        ShardRefusalKind.WrongState => ErrorCode.PreconditionFailed,
        ShardRefusalKind.Malformed => ErrorCode.MalformedRequest,
    };

    private static ErrorCode OfMaster(MasterRefusalKind kind) => kind switch
    {
        MasterRefusalKind.UnknownName => ErrorCode.NodeNotFound,
        MasterRefusalKind.WrongState => ErrorCode.PreconditionFailed,
        MasterRefusalKind.Unavailable => ErrorCode.TemporarilyUnavailable,
    };

    private static MasterName? PrimaryIn(Message? reply) => reply switch
    {
        NotPrimary refusal => refusal.Primary,
        MasterRefusal refusal => refusal.Primary,
        _ => null,
    };

    private static GroupId? OwnerIn(Message? reply) => reply is ShardRefusal refusal ? refusal.Owner : null;

    private static ErrorReply Unforeseen(string what, Message message) => new(
        ErrorCode.Crash, $"an internal fault: {what} of the kind {message.GetType().Name} has no error code");
}
