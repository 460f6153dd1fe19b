namespace OrleansShards.Client.Routing;

/// <summary>A request to the primary, or to one master by name. Repeating it does no harm.</summary>
internal class MasterJob(ulong ticket, MasterName? only, Message request, bool hasEffect) : Job(ticket, hasEffect)
{
    internal override Message Wire => request;

    internal override NodeAddress? Target(RoutingTable routes) => NodeAddress.Of(only ?? routes.Primary.Guess);

    internal override Verdict Judge(NodeAddress asked, Message reply, RoutingTable routes) => reply switch
    {
        NotPrimary refusal when only is not null => Refuse(new ClientOutcome.NotApplied(refusal.Text, refusal), refusal.Text),
        NotPrimary refusal =>
            Retry(refusal, refusal.Text, atOnce: routes.Primary.OnRefused(new MasterName(asked.Name), refusal)),
        MasterRefusal { Kind: MasterRefusalKind.Unavailable } refusal =>
            Refuse(new ClientOutcome.NotApplied(refusal.Text, refusal), refusal.Text),
        MasterRefusal refusal => Refuse(new ClientOutcome.Rejected(refusal), refusal.Text),
        MasterUnknown unknown => Doubt(unknown, unknown.Text),
        _ when ExpectedReplies.Has(request, reply) => Verdict.End(new ClientOutcome.Applied(reply)),
        _ => Unexpected,
    };

    internal override void OnFailed(NodeAddress asked, bool delivered, RoutingTable routes)
    {
        base.OnFailed(asked, delivered, routes);
        routes.Primary.OnFailed(new MasterName(asked.Name));
    }
}

/// <summary>
/// A move from its request to its end. The router repeats the request until a status answers it. From then on it only asks
/// the current primary for the state of the move. If it repeated the request, it would restart a move that another caller
/// has reversed since, and two callers with two targets would move a shard back and forth.
/// </summary>
internal sealed class MoveJob(ulong ticket, ClientRequest.Move move) : MasterJob(ticket, null, RequestFor(move), move.HasEffect)
{
    /// <summary>A master answers from memory, so a question that takes longer is lost.</summary>
    private static readonly TimeSpan QuestionLimit = TimeSpan.FromMilliseconds(1500);

    /// <summary>The shortest pause between two questions: the copy of a small shard takes about as long.</summary>
    private static readonly TimeSpan FollowAfter = TimeSpan.FromMilliseconds(20);

    /// <summary>The target of the move that is followed; null before there is one.</summary>
    private GroupId? _followed;

    internal override TimeSpan AttemptLimitMax => QuestionLimit;

    internal override bool MayRun => _followed is null;

    internal override Message Wire => _followed is null ? base.Wire : new QueryMove(move.Shard);

    internal override Verdict Judge(NodeAddress asked, Message reply, RoutingTable routes) => reply switch
    {
        MoveStatus status => OnStatus(status),
        MasterRefusal { Kind: MasterRefusalKind.Unavailable } refusal when refusal.Limit is null || IsDoubtful || _followed is not null =>
            Retry(refusal, refusal.Text),
        MasterRefusal { Kind: MasterRefusalKind.WrongState } refusal when _followed is not null => UnknownAfter(refusal.Text),
        _ => base.Judge(asked, reply, routes),
    };

    internal override ClientOutcome AtDeadline() => _followed is null
        ? base.AtDeadline()
        : new ClientOutcome.Unknown($"the move continues: {Obstacle}");

    private static Message RequestFor(ClientRequest.Move move) =>
        move.Target is { } target ? new MigrateShard(move.Shard, target) : new UndoMove(move.Shard);

    private Verdict OnStatus(MoveStatus status)
    {
        if (_followed is { } target && status.Target != target)
        {
            // This answer does not say whether the requested move ended before the other began.
            return Unknown($"another move of shard {move.Shard}, from {status.Source} to {status.Target}, has started since");
        }

        if (status.IsDone)
            return OnEnded(status);

        // A move to another target that can no longer be reversed: wait for its end, then repeat the request.
        if (move.Target is null || status.Target == move.Target)
            _followed = status.Target;

        Obstacle = TextOf(status);
        Pause = Pause > FollowAfter ? Pause : FollowAfter;
        return Verdict.AskLater;
    }

    private Verdict OnEnded(MoveStatus status)
    {
        if (status.Phase != MovePhase.Aborted || (move.Target is { } target && status.Source == target))
            return Verdict.End(new ClientOutcome.Applied(status));

        string text = TextOf(status);
        return IsDoubtful
            ? Unknown($"{text}; an earlier request for it may still arrive")
            : Verdict.End(new ClientOutcome.Rejected(new MasterRefusal(MasterRefusalKind.WrongState, text, null)));
    }

    private static string TextOf(MoveStatus status)
    {
        string what = status.Phase switch
        {
            MovePhase.None => "has not started",
            MovePhase.Copying => $"is copying, {status.BytesDone} of {status.BytesTotal} bytes",
            MovePhase.Frozen => "is near its decision",
            MovePhase.Committed => "is committed; the target does not serve yet",
            MovePhase.Aborted => "was aborted",
        };
        string why = status.Text is { } text ? $" ({text})" : "";
        return $"the move of shard {status.Shard} from {status.Source} to {status.Target} {what}{why}";
    }
}
