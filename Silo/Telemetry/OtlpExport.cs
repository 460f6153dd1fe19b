using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Telemetry;

/// <summary>
/// Metrics and traces by OTLP, from before the silo starts until after it has stopped; what is left is sent at the end.
/// Made only where a collector is configured: without one nobody listens, and measuring costs next to nothing.
/// </summary>
internal sealed class OtlpExport : IDisposable
{
    private const string SamplerVariable = "OTEL_TRACES_SAMPLER";

    // A span a call would be a hundred thousand a second.
    private const double TraceRatio = 0.01;

    private readonly MeterProvider _meters;
    private readonly TracerProvider _tracers;

    /// <summary>Sends from now on.</summary>
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
            .AddSource(ShardsDiagnostics.ActivitySourceName, "Microsoft.Orleans.Application", "Microsoft.AspNetCore")
            .AddOtlpExporter(exporter => Configure(exporter, otlp, "v1/traces"));
        if (Environment.GetEnvironmentVariable(SamplerVariable) is null)
            tracers.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(TraceRatio)));

        _tracers = tracers.Build();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _tracers.Dispose();
        _meters.Dispose();
    }

    private static void Configure(OtlpExporterOptions exporter, OtlpSettings otlp, string path)
    {
        exporter.Protocol = otlp.UsesHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;

        // An endpoint that is set here is used as it is; only from OTEL_EXPORTER_OTLP_ENDPOINT a path is added to it.
        exporter.Endpoint = otlp.UsesHttp ? new Uri($"{otlp.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}") : otlp.Endpoint;
    }
}
