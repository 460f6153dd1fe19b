namespace OrleansShards.Client;

/// <summary>
/// The names by which an application listens to the client's metrics and spans, with OpenTelemetry's <c>AddMeter</c> and
/// <c>AddSource</c> or with anything else that listens. docs/telemetry.md lists them.
/// </summary>
public static class ShardsClientDiagnostics
{
    /// <summary>The name of the meter that has every metric of the client.</summary>
    public const string MeterName = "OrleansShards.Client";

    /// <summary>
    /// The name of the source of the client's spans: one for each request, within it one for each attempt, which the silos' spans continue.
    /// </summary>
    public const string ActivitySourceName = "OrleansShards.Client";
}
