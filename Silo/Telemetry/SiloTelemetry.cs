using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Telemetry;

/// <summary>
/// Collects metrics for <c>/metrics</c>, and exports them and traces by OTLP where a collector is configured: from before the silo starts
/// until after it has stopped, with a flush at the end. Without a collector nobody listens to spans, and there are none.
/// </summary>
internal sealed class SiloTelemetry : IDisposable
{
    /// <summary>Where Prometheus scrapes.</summary>
    internal const string Path = "/metrics";

    // With a ratio of 1, a busy silo would export a hundred thousand spans a second.
    private const double TraceRatio = 0.01;

    // Its meters and sources, and those of a client that lives in the silo.
    private const string Ours = ShardsDiagnostics.MeterName + "*";

    // Orleans takes interfaces whose namespace begins with its own name, as ours do, for its own.
    private const string OrleansSource = "Microsoft.Orleans.Runtime";

    private readonly TracerProvider? _tracers;

    internal SiloTelemetry(SiloSettings settings)
    {
        ResourceBuilder resource = ResourceBuilder.CreateDefault()
            .AddService("orleansshards-silo", settings.ClusterId, SiloBanner.Version, serviceInstanceId: settings.Name);
        MeterProviderBuilder meters = OpenTelemetry.Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Ours, "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "System.Runtime")
            .AddPrometheusExporter(static options => options.ScopeInfoEnabled = false);
        if (settings.Otlp is { } otlp)
        {
            meters.AddOtlpExporter(exporter => Configure(exporter, otlp, "v1/metrics"));
            _tracers = Traces(resource, otlp);
        }

        Meters = meters.Build();
    }

    /// <summary>What is scraped.</summary>
    internal MeterProvider Meters { get; }

    public void Dispose()
    {
        _tracers?.Dispose();
        Meters.Dispose();
    }

    private static TracerProvider Traces(ResourceBuilder resource, OtlpSettings otlp)
    {
        TracerProviderBuilder tracers = OpenTelemetry.Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(Ours, OrleansSource, "Microsoft.Orleans.Application", "Microsoft.AspNetCore")
            .AddOtlpExporter(exporter => Configure(exporter, otlp, "v1/traces"));
        if (Environment.GetEnvironmentVariable("OTEL_TRACES_SAMPLER") is null)
            tracers.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(TraceRatio)));

        return tracers.Build();
    }

    private static void Configure(OtlpExporterOptions exporter, OtlpSettings otlp, string path)
    {
        exporter.Protocol = otlp.UsesHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;

        // The SDK appends a path only to OTEL_EXPORTER_OTLP_ENDPOINT; an endpoint that is set here is used as it is.
        exporter.Endpoint = otlp.UsesHttp ? new Uri($"{otlp.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}") : otlp.Endpoint;
    }
}
