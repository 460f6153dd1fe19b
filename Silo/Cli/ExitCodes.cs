namespace OrleansShards.Silo.Cli;

/// <summary>What the process ends with: the same as the gateway's.</summary>
internal static class ExitCodes
{
    /// <summary>It has served, and was told to stop.</summary>
    internal const int Success = 0;

    /// <summary>It could not start, or has stopped by itself; the last line of stderr says why.</summary>
    internal const int Failure = 1;

    /// <summary>The options are wrong; nothing was started.</summary>
    internal const int BadOptions = 2;
}
