using System.Globalization;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>How long silos are killed and stopped. <c>test.sh</c> tells of the variable.</summary>
internal static class ChaosLength
{
    private const string Variable = "ORLEANS_SHARDS_CHAOS_MINUTES";
    private const double MinutesDefault = 1;

    /// <summary>Whether more than the default was asked for.</summary>
    internal static bool IsLong => Time > TimeSpan.FromMinutes(MinutesDefault);

    /// <summary>How long silos are killed and stopped in turn.</summary>
    internal static TimeSpan Time { get; } = TimeSpan.FromMinutes(Read());

    /// <summary>How long each cluster of gateways is disturbed: of a kill or a pause there they recover in seconds.</summary>
    internal static TimeSpan OfGateways => Time / 3;

    /// <summary>How long a network is disturbed, once each fault was: no longer unless more than the default is asked for.</summary>
    internal static TimeSpan OfPartitions => IsLong ? Time : TimeSpan.Zero;

    /// <summary>How often a takeover is measured: five times where there is time.</summary>
    internal static int Takeovers => IsLong ? 5 : 1;

    private static double Read()
    {
        string? text = Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrEmpty(text) ? MinutesDefault
            : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double minutes) && minutes > 0
                ? minutes
            : throw new FormatException($"{Variable} is \"{text}\"; expected a number of minutes above 0");
    }
}
