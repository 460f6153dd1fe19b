namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>What the process ends with.</summary>
internal static class ExitCodes
{
    /// <summary>All that was read has been answered.</summary>
    internal const int Success = 0;

    /// <summary>Something was left unanswered: stdout took no more, or there was no more time.</summary>
    internal const int Failure = 1;

    /// <summary>The options are wrong; nothing was read.</summary>
    internal const int BadOptions = 2;
}
