namespace OrleansShards.Client.Routing;

/// <summary>How a request ended. The first three are definite.</summary>
public abstract record ClientOutcome : Message
{
    private ClientOutcome()
    {
    }

    /// <summary>Carried out, durably.</summary>
    /// <param name="Reply">What was answered.</param>
    public sealed record Applied(Message Reply) : ClientOutcome;

    /// <summary>
    /// Looked at and refused for what it is: a key that is absent, a value that differs, an operation in the wrong
    /// state. Repeating it makes no sense before something else has changed.
    /// </summary>
    /// <param name="Reply">The refusal.</param>
    public sealed record Rejected(Message Reply) : ClientOutcome;

    /// <summary>Not carried out, and it will not be: nobody could be found in time who would. Repeating it may help.</summary>
    /// <param name="Text">What stood in the way, last of all.</param>
    /// <param name="Reply">The last refusal, which may name who is responsible; null without one.</param>
    public sealed record NotApplied(string Text, Message? Reply) : ClientOutcome;

    /// <summary>It was, or will be, carried out once, or never: nobody can tell by the deadline.</summary>
    /// <param name="Text">What is known.</param>
    public sealed record Unknown(string Text) : ClientOutcome;
}
