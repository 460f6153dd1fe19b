namespace OrleansShards.Core.Groups;

/// <summary>
/// Which names a group may have that the cluster was not created with: those that a silo's option takes, so that a silo can be
/// started for it. The groups of the definition have whatever names they were created with.
/// </summary>
public static class GroupNames
{
    /// <summary>The longest name, in characters.</summary>
    public const int LengthMax = 64;

    private const int Shown = 16;

    /// <summary>Whether a name has 1 to 64 letters, digits, dots, dashes or underscores of ASCII.</summary>
    public static bool IsWellFormed(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is >= 1 and <= LengthMax
            && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
    }

    /// <summary>That there is no such group, with those that there are, for people.</summary>
    public static string Unknown(GroupId group, IReadOnlyCollection<GroupId> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        string others = groups.Count > Shown ? $" and {groups.Count - Shown} others" : "";
        return $"there is no group {group}, the cluster has {string.Join(", ", groups.Take(Shown))}{others}";
    }
}
