using OrleansShards.Core.Masters;

namespace OrleansShards.Core.Groups;

/// <summary>
/// A replica group as the masters see it: sends heartbeats to the primary, and finds the primary again after every change, by
/// the notice, by a redirect, or by asking the next master.
/// </summary>
/// <remarks>
/// It decides nothing, so it keeps nothing durable. It ignores news of a lower term than the highest it knows, so that a
/// primary that does not know of its replacement cannot draw the group back.
/// </remarks>
public sealed class GroupNode(GroupConfig config, Incarnation run) : INode
{
    private readonly PrimaryLocator _locator = new(config.Masters);
    private readonly PendingCalls<MasterName> _calls = new(run);
    private Instant _dueAt;
    private bool _followedRedirect;

    /// <inheritdoc />
    public NodeAddress Address { get; } = NodeAddress.Of(config.Group);

    /// <summary>The primary, as far as the group knows.</summary>
    public MasterName Primary => _locator.Guess;

    /// <summary>The newest term that the group knows.</summary>
    public Term Term => _locator.Term;

    /// <summary>When a primary last answered a heartbeat; null before the first answer.</summary>
    public Instant? AnsweredAt { get; private set; }

    /// <summary>Whether the cluster does not have this group, as the last answer said: it has not joined yet, or was forgotten.</summary>
    public bool IsStranger { get; private set; }

    /// <inheritdoc />
    public void Step(Instant now, Event happened, List<Effect> effects)
    {
        switch (happened)
        {
            case Event.Started:
                _dueAt = now;
                break;
            case Event.Tick:
                Tick(now, effects);
                break;
            case Event.Answered answered when _calls.TryClose(answered.Id, out MasterName asked):
                OnAnswered(now, asked, answered.Reply, effects);
                break;
            case Event.CallFailed failed when _calls.TryClose(failed.Id, out MasterName asked):
                _locator.OnFailed(asked);
                break;
            case Event.Called called:
                effects.Add(new Effect.Answer(called.Id, new MasterRefusal(
                    MasterRefusalKind.WrongState, $"a group is not asked for {called.Request.GetType().Name}", null)));
                break;
            case Event.Published { Notice: PrimaryChanged changed } when changed.Term > _locator.Term:
                _locator.OnPrimary(changed.Primary, changed.Term);
                _dueAt = now + config.HeartbeatInterval;
                Send(now, effects);
                break;
        }
    }

    private void Tick(Instant now, List<Effect> effects)
    {
        foreach (MasterName late in _calls.Expire(now))
            _locator.OnFailed(late);

        if (now >= _dueAt)
        {
            _dueAt = now + config.HeartbeatInterval;
            _followedRedirect = false;
            Send(now, effects);
        }
    }

    private void Send(Instant now, List<Effect> effects) => _calls.Open(
        NodeAddress.Of(Primary), new Heartbeat(config.Group) { Announces = true }, Primary, now + config.CallTimeout, effects);

    private void OnAnswered(Instant now, MasterName asked, Message reply, List<Effect> effects)
    {
        switch (reply)
        {
            case HeartbeatReply accepted when accepted.Term >= _locator.Term:
                _locator.OnPrimary(accepted.Primary, accepted.Term);
                AnsweredAt = now;
                IsStranger = accepted.IsStranger;
                break;
            case NotPrimary refusal:
                _locator.OnRefused(asked, refusal);
                if (!_followedRedirect)
                {
                    // One redirect an interval is followed at once: two masters may point at each other.
                    _followedRedirect = true;
                    Send(now, effects);
                }

                break;
            default:
                // An older term, or a refusal: the next heartbeat goes to the next master.
                _locator.OnFailed(asked);
                break;
        }
    }
}

/// <summary>How a group runs.</summary>
public sealed record GroupConfig
{
    /// <summary>The group.</summary>
    public required GroupId Group { get; init; }

    /// <summary>Every master's name; the first one is asked first.</summary>
    public required ImmutableArray<MasterName> Masters { get; init; }

    /// <summary>How often the group sends a heartbeat to the primary. Default: 1 s, a takeover's redirect phase lasts as long.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an answer may take before the next master is asked. Default: 1 s.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(1);
}
