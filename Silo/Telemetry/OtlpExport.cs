using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Telemetry;

/// <summary>
/// Exports metrics and traces by OTLP, from before the silo starts until after it has stopped, and flushes at the end. Created only if a
/// collector is configured: otherwise nobody listens, and measuring costs almost nothing.
/// </summary>
internal sealed class OtlpExport : IDisposable
{
    // With a ratio of 1, a busy silo would export a hundred thousand spans a second.
    private const double TraceRatio = 0.01;

    private readonly MeterProvider _meters;
    private readonly TracerProvider _tracers;

    internal OtlpExport(SiloSettings settings, OtlpSettings otlp)
    {
        ResourceBuilder resource = ResourceBuilder.CreateDefault()
            .AddService("orleansshards-silo", settings.ClusterId, SiloBanner.Version, serviceInstanceId: settings.Name);
        _meters = OpenTelemetry.Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(ShardsDiagnostics.MeterName, "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "System.Runtime")
            .AddOtlpExporter(exporter => Configure(exporter, otlp, "v1/metrics"))
            .Build();
        TracerProviderBuilder tracers = OpenTelemetry.Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource("Microsoft.Orleans.Application", "Microsoft.AspNetCore")
            .AddOtlpExporter(exporter => Configure(exporter, otlp, "v1/traces"));
        if (Environment.GetEnvironmentVariable("OTEL_TRACES_SAMPLER") is null)
            tracers.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(TraceRatio)));

        _tracers = tracers.Build();
    }

    public void Dispose()
    {
        _tracers.Dispose();
        _meters.Dispose();
    }

    private static void Configure(OtlpExporterOptions exporter, OtlpSettings otlp, string path)
    {
        exporter.Protocol = otlp.UsesHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;

        // The SDK appends a path only to OTEL_EXPORTER_OTLP_ENDPOINT; an endpoint that is set here is used as it is.
        exporter.Endpoint = otlp.UsesHttp ? new Uri($"{otlp.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}") : otlp.Endpoint;
    }
}
