namespace OrleansShards.Core.Masters;

/// <summary>
/// One node's best guess of the primary, from redirects, notices and failures. A wrong guess costs one redirect, never
/// correctness: only the log decides who leads.
/// </summary>
/// <param name="masters">Every master's name; the first is asked first.</param>
public sealed class PrimaryLocator(IReadOnlyList<MasterName> masters)
{
    private int _guess;

    /// <summary>The master to ask next.</summary>
    public MasterName Guess => masters[_guess];

    /// <summary>The newest known term.</summary>
    public Term Term { get; private set; }

    /// <summary>A node reports who leads in a term: true if the guess changes. Older terms and unknown names are ignored.</summary>
    public bool OnPrimary(MasterName primary, Term term)
    {
        if (term < Term)
            return false;

        Term = term;
        int index = masters.ToList().IndexOf(primary);
        bool isOther = index >= 0 && index != _guess;
        _guess = isOther ? index : _guess;
        return isOther;
    }

    /// <summary>
    /// A master does not lead: follow its hint, or ask the next one if the hint is that master or missing. True if the hint is
    /// news, so that it is followed at once.
    /// </summary>
    public bool OnRefused(MasterName asked, NotPrimary refusal)
    {
        bool isNews = refusal.Term >= Term && refusal.Primary is { } hint && hint != asked && OnPrimary(hint, refusal.Term);
        if (!isNews)
            OnFailed(asked);

        return isNews;
    }

    /// <summary>A master did not answer: ask the next one, unless the guess has changed meanwhile.</summary>
    public void OnFailed(MasterName asked)
    {
        if (asked == Guess)
            _guess = (_guess + 1) % masters.Count;
    }
}
