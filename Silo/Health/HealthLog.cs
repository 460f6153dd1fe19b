namespace OrleansShards.Silo.Health;

/// <summary>What is logged about health.</summary>
internal static partial class HealthLog
{
    [LoggerMessage(LogLevel.Warning, "the cluster's health cannot be asked for")]
    internal static partial void CheckFailed(ILogger logger, Exception failure);
}
