namespace OrleansShards.CommandLine;

/// <summary>What a program's process ends with.</summary>
public static class ExitCodes
{
    /// <summary>It has done what it was started for: served until it was told to stop, or found no rule broken.</summary>
    public const int Success = 0;

    /// <summary>It has failed, and has said why: it could not start or go on, left a request unanswered, or found a rule broken.</summary>
    public const int Failure = 1;

    /// <summary>The options are wrong; nothing was started.</summary>
    public const int BadOptions = 2;
}
