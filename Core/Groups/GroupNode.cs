using OrleansShards.Core.Masters;

namespace OrleansShards.Core.Groups;

/// <summary>
/// A replica group as the masters see it: sends its heartbeat to the primary, and finds the primary again after every
/// change, by the notice, by a redirect, or by asking the next one.
/// </summary>
/// <remarks>
/// Keeps nothing durable: it decides nothing. News of a lower term than the highest heard of is ignored, so that a
/// primary that slept through its deposition does not draw the group back.
/// </remarks>
public sealed class GroupNode : INode
{
    private readonly GroupConfig _config;
    private readonly PrimaryLocator _locator;
    private readonly PendingCalls<MasterName> _calls;
    private Instant _dueAt;
    private bool _hopped;

    /// <summary>A group that does nothing before its first tick.</summary>
    /// <param name="config">How it runs.</param>
    /// <param name="run">This run.</param>
    public GroupNode(GroupConfig config, Incarnation run)
    {
        _config = config;
        _locator = new PrimaryLocator(config.Masters);
        _calls = new PendingCalls<MasterName>(run);
    }

    /// <inheritdoc />
    public NodeAddress Address => NodeAddress.Of(_config.Group);

    /// <summary>The primary as far as the group knows.</summary>
    public MasterName Primary => _locator.Guess;

    /// <summary>The newest term heard of.</summary>
    public Term Term => _locator.Term;

    /// <summary>When a primary last answered a heartbeat; null before the first answer.</summary>
    public Instant? AnsweredAt { get; private set; }

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
                _locator.Failed(asked);
                break;
            case Event.Called called:
                effects.Add(new Effect.Answer(called.Id, new MasterRefusal(
                    MasterRefusalKind.WrongState, $"a group is not asked for {called.Request.GetType().Name}", null)));
                break;
            case Event.Published { Notice: PrimaryChanged changed }:
                OnChanged(now, changed, effects);
                break;
        }
    }

    private void Tick(Instant now, List<Effect> effects)
    {
        foreach (MasterName late in _calls.Expire(now))
            _locator.Failed(late);

        if (now >= _dueAt)
        {
            _dueAt = now + _config.HeartbeatInterval;
            _hopped = false;
            Send(now, effects);
        }
    }

    private void Send(Instant now, List<Effect> effects)
    {
        MasterName to = _locator.Guess;
        _calls.Open(NodeAddress.Of(to), new Heartbeat(_config.Group), to, now + _config.CallLimit, effects);
    }

    private void OnAnswered(Instant now, MasterName asked, Message reply, List<Effect> effects)
    {
        switch (reply)
        {
            case HeartbeatReply accepted when accepted.Term >= _locator.Term:
                _locator.Learn(accepted.Primary, accepted.Term);
                AnsweredAt = now;
                break;
            case NotPrimary refusal:
                _locator.Refused(asked, refusal);
                HopOnce(now, effects);
                break;
            default:
                // An older term, or a refusal: this master is of no use now.
                _locator.Failed(asked);
                break;
        }
    }

    /// <summary>One redirect is followed at once; two masters that point at each other get one heartbeat an interval.</summary>
    private void HopOnce(Instant now, List<Effect> effects)
    {
        if (!_hopped)
        {
            _hopped = true;
            Send(now, effects);
        }
    }

    private void OnChanged(Instant now, PrimaryChanged changed, List<Effect> effects)
    {
        if (changed.Term > _locator.Term)
        {
            _locator.Learn(changed.Primary, changed.Term);
            _dueAt = now + _config.HeartbeatInterval;
            Send(now, effects);
        }
    }
}
