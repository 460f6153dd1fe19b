namespace OrleansShards.Client.Routing;

/// <summary>Something asked of a master: of whoever leads, or of one by name. Repeating it does no harm.</summary>
/// <param name="ticket">The host's number for it.</param>
/// <param name="only">The one that is asked; null for whoever leads.</param>
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
