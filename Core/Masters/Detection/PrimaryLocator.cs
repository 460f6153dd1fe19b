namespace OrleansShards.Core.Masters;

/// <summary>
/// Who to ask for the primary: the best guess of one node, from redirects, notices and failures. A wrong guess costs
/// one redirect, never correctness: only the log decides who leads.
/// </summary>
/// <param name="masters">Every master's name; the first is asked first.</param>
public sealed class PrimaryLocator(IReadOnlyList<MasterName> masters)
{
    private int _guess;

    /// <summary>Whom to ask next.</summary>
    public MasterName Guess => masters[_guess];

    /// <summary>The newest term heard of.</summary>
    public Term Term { get; private set; }

    /// <summary>Somebody says who leads in a term. Older news is ignored; a name that is not a master's is, too.</summary>
    /// <returns>Whether the guess is another one now.</returns>
    public bool Learn(MasterName primary, Term term)
    {
        if (term < Term)
            return false;

        Term = term;
        return Turn(IndexOf(primary));
    }

    /// <summary>A master says that it does not lead: follow its hint, unless that is itself or nobody; then ask the next one.</summary>
    /// <returns>Whether the hint was news: worth being followed at once.</returns>
    public bool Refused(MasterName asked, NotPrimary refusal)
    {
        bool isNews = refusal.Term >= Term && refusal.Primary is { } hint && hint != asked && Learn(hint, refusal.Term);
        if (!isNews)
            Failed(asked);

        return isNews;
    }

    /// <summary>A master did not answer: ask the next one, unless the guess has changed meanwhile.</summary>
    public void Failed(MasterName asked)
    {
        if (asked == Guess)
            _guess = (_guess + 1) % masters.Count;
    }

    private bool Turn(int index)
    {
        bool turns = index >= 0 && index != _guess;
        _guess = turns ? index : _guess;
        return turns;
    }

    private int IndexOf(MasterName name)
    {
        for (int i = 0; i < masters.Count; i++)
        {
            if (masters[i] == name)
                return i;
        }

        return -1;
    }
}
