namespace OrleansShards.Client.Routing;

/// <summary>A request to the primary, or to one master by name. Repeating it does no harm.</summary>
/// <param name="ticket">The host's number for it.</param>
/// <param name="only">The master to ask; null for the primary.</param>
/// <param name="request">What is asked.</param>
/// <param name="hasEffect">Whether it may change anything.</param>
internal class MasterJob(ulong ticket, MasterName? only, Message request, bool hasEffect)
    : Job(ticket, hasEffect)
{
    internal override Message Wire => request;

    internal override NodeAddress? Target(RoutingTable routes) => NodeAddress.Of(only ?? routes.Primary.Guess);

    internal override Verdict Judge(NodeAddress asked, Message reply, RoutingTable routes)
    {
        switch (reply)
        {
            case NotPrimary refusal:
                return Redirected(asked, refusal, routes);
            case MasterRefusal { Kind: MasterRefusalKind.Unavailable } refusal:
                return Verdict.End(new ClientOutcome.NotApplied(refusal.Text, refusal));
            case MasterRefusal refusal:
                return Verdict.End(new ClientOutcome.Rejected(refusal));
            case MasterUnknown unknown:
                IsDoubtful = true;
                return Later(unknown, unknown.Text);
            default:
                return Verdict.End(new ClientOutcome.Applied(reply));
        }
    }

    internal override void Failed(NodeAddress asked, bool delivered, RoutingTable routes)
    {
        IsDoubtful |= delivered;
        routes.Primary.Failed(new MasterName(asked.Name));
    }

    private Verdict Redirected(NodeAddress asked, NotPrimary refusal, RoutingTable routes)
    {
        if (only is not null)
            return Verdict.End(new ClientOutcome.NotApplied(refusal.Text, refusal));

        bool isNews = routes.Primary.Refused(new MasterName(asked.Name), refusal);
        LastRefusal = refusal;
        Obstacle = refusal.Text;
        return isNews ? Verdict.AskAgain : Verdict.AskLater;
    }
}

/// <summary>
/// A move from its request to its end. The router repeats the request until a status answers it. From then on it only asks
/// the current primary for the state of the move. If it repeated the request, it would restart a move that another caller
/// has reversed since, and two callers with two targets would move a shard back and forth.
/// </summary>
/// <param name="ticket">The host's number for it.</param>
/// <param name="move">What is wanted.</param>
internal sealed class MoveJob(ulong ticket, ClientRequest.Move move)
    : MasterJob(ticket, null, RequestFor(move), move.HasEffect)
{
    /// <summary>A master answers with what it knows, so a question that takes longer is lost.</summary>
    private static readonly TimeSpan QuestionLimit = TimeSpan.FromMilliseconds(1500);

    /// <summary>The first pause between two questions: a small shard's copy takes about as long.</summary>
    private static readonly TimeSpan FollowAfter = TimeSpan.FromMilliseconds(20);

    /// <summary>The target of the move that is followed; null before there is one.</summary>
    private GroupId? _followed;

    internal override TimeSpan AttemptLimitMax => QuestionLimit;

    internal override bool MayRun => _followed is null;

    internal override Message Wire => _followed is null ? base.Wire : new QueryMove(move.Shard);

    internal override Verdict Judge(NodeAddress asked, Message reply, RoutingTable routes) => reply switch
    {
        MoveStatus status => Follow(status),
        MasterUnknown unknown => Doubt(unknown),
        MasterRefusal { Kind: MasterRefusalKind.Unavailable } refusal => Later(refusal, refusal.Text),
        MasterRefusal { Kind: MasterRefusalKind.WrongState } refusal when IsDoubtful || _followed is not null =>
            Unknown($"it was asked for before with an outcome that is not known; this time: {refusal.Text}"),
        _ => base.Judge(asked, reply, routes),
    };

    internal override void Failed(NodeAddress asked, bool delivered, RoutingTable routes) =>
        base.Failed(asked, delivered && MayRun, routes);

    internal override ClientOutcome AtDeadline() => _followed is null
        ? base.AtDeadline()
        : new ClientOutcome.Unknown($"the move goes on: {Obstacle}");

    private static Message RequestFor(ClientRequest.Move move) =>
        move.Target is { } target ? new MigrateShard(move.Shard, target) : new UndoMove(move.Shard);

    private Verdict Follow(MoveStatus status)
    {
        if (_followed is { } target && status.Target != target)
        {
            // This answer does not say whether the requested move ended before the other began.
            return Unknown($"another move of shard {move.Shard}, from {status.Source} to {status.Target}, has begun since");
        }

        if (status.IsDone)
            return Ended(status);

        // A move to another target that can no longer be reversed: wait for its end, then repeat the request.
        if (move.Target is null || status.Target == move.Target)
            _followed = status.Target;

        Obstacle = TextOf(status);
        Pause = Pause > FollowAfter ? Pause : FollowAfter;
        return Verdict.AskLater;
    }

    private Verdict Ended(MoveStatus status)
    {
        if (status.Phase != MovePhase.Aborted || (move.Target is { } target && status.Source == target))
            return Verdict.End(new ClientOutcome.Applied(status));

        string text = TextOf(status);
        return IsDoubtful
            ? Unknown($"{text}; an earlier request for it may still arrive")
            : Verdict.End(new ClientOutcome.Rejected(new MasterRefusal(MasterRefusalKind.WrongState, text, null)));
    }

    private Verdict Doubt(MasterUnknown unknown)
    {
        IsDoubtful |= MayRun;
        return Later(unknown, unknown.Text);
    }

    private static Verdict Unknown(string text) => Verdict.End(new ClientOutcome.Unknown(text));

    private static string TextOf(MoveStatus status)
    {
        string what = status.Phase switch
        {
            MovePhase.None => "has not begun",
            MovePhase.Copying => $"is copying, {status.BytesDone} of {status.BytesTotal} bytes",
            MovePhase.Frozen => "is near its decision",
            MovePhase.Committed => "is committed, and the target has yet to serve",
            MovePhase.Aborted => "was aborted",
        };
        string why = status.Text is { } text ? $" ({text})" : "";
        return $"the move of shard {status.Shard} from {status.Source} to {status.Target} {what}{why}";
    }
}
