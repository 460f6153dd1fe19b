namespace OrleansShards.Client.Routing;

/// <summary>How often requests were sent again, from router to router of one host. A router's turns write, any thread reads.</summary>
public sealed class RouterCounts
{
    private long _redirects;
    private long _refused;
    private long _unanswered;

    /// <summary>Requests that were sent at once to another node, which the refusal named.</summary>
    public long Redirects => Volatile.Read(ref _redirects);

    /// <summary>Requests that were sent again after a back-off, because a node had refused them for the time being.</summary>
    public long RetriesAfterRefusal => Volatile.Read(ref _refused);

    /// <summary>Requests that were sent again because nobody had answered, or because nothing could be sent.</summary>
    public long RetriesAfterSilence => Volatile.Read(ref _unanswered);

    internal void OnRedirect(Job job)
    {
        if (job.RetryDue is not null)
            Volatile.Write(ref _redirects, _redirects + 1);

        job.RetryDue = null;
    }

    internal void OnRetry(Job job)
    {
        if (job.RetryDue == RetryReason.Refused)
            Volatile.Write(ref _refused, _refused + 1);
        else if (job.RetryDue == RetryReason.Unanswered)
            Volatile.Write(ref _unanswered, _unanswered + 1);

        job.RetryDue = null;
    }
}

/// <summary>Why a request is sent again.</summary>
internal enum RetryReason
{
    /// <summary>A node refused it for the time being, or named another node.</summary>
    Refused = 1,

    /// <summary>Nobody answered, or the request could not be sent.</summary>
    Unanswered = 2,
}
