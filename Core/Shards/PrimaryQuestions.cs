using OrleansShards.Core.Masters;

namespace OrleansShards.Core.Shards;

/// <summary>Asks whoever leads the masters: follows redirects, tries the next where nobody answers, until time is up.</summary>
internal sealed class PrimaryQuestions(ShardTurn turn)
{
    /// <summary>Asks; every question that a shard asks may be repeated.</summary>
    /// <param name="request">The question.</param>
    /// <param name="patience">How long to go on.</param>
    /// <param name="then">With the primary's answer, or null where none came in time.</param>
    internal void Ask(Message request, TimeSpan patience, Action<Message?> then) =>
        Try(request, turn.Now + patience, isRedirected: false, then);

    private void Try(Message request, Instant deadline, bool isRedirected, Action<Message?> then)
    {
        MasterName asked = turn.Primary.Guess;
        TimeSpan left = deadline - turn.Now;
        TimeSpan patience = left < turn.Config.CallWait ? left : turn.Config.CallWait;
        turn.Call(NodeAddress.Of(asked), request, patience, reply =>
        {
            switch (reply)
            {
                case null:
                    turn.Primary.Failed(asked);
                    TryLater(request, deadline, then);
                    break;
                case NotPrimary refusal:
                    turn.Primary.Refused(asked, refusal);
                    Follow(request, deadline, isRedirected, then);
                    break;
                case MasterUnknown or MasterRefusal { Kind: MasterRefusalKind.Unavailable }:
                    TryLater(request, deadline, then);
                    break;
                default:
                    then(reply);
                    break;
            }
        });
    }

    // The first redirect is followed at once; two masters that point at each other are not asked in a tight loop.
    private void Follow(Message request, Instant deadline, bool isRedirected, Action<Message?> then)
    {
        if (isRedirected)
            TryLater(request, deadline, then);
        else
            Try(request, deadline, isRedirected: true, then);
    }

    private void TryLater(Message request, Instant deadline, Action<Message?> then)
    {
        if (turn.Now + turn.Config.RetryInterval >= deadline)
        {
            then(null);
            return;
        }

        turn.After(turn.Config.RetryInterval, () => Try(request, deadline, isRedirected: false, then));
    }
}
