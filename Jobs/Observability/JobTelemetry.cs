using System.Diagnostics;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Flow.Jobs.Observability;

/// <summary>
/// Traces and metrics of jobs, under the name Flow.Jobs. They cost nothing until somebody listens: <see cref="Export"/> sends them by OTLP
/// when the environment says where to, with OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_ENDPOINT, _HEADERS, _PROTOCOL, ...).
/// </summary>
public static class JobTelemetry
{
    public const string Name = "Flow.Jobs";

    static readonly Meter meter = new(Name);

    /// <summary>One span a step that a worker runs; its process goes on with the same trace.</summary>
    public static ActivitySource Traces { get; } = new(Name);

    /// <summary>Steps by kind and how they ended.</summary>
    public static Counter<long> Ended { get; } = meter.CreateCounter<long>("flow.steps.ended", "{step}", "Steps that ended, by kind and end");

    public static Histogram<double> Seconds { get; } = meter.CreateHistogram<double>("flow.step.duration", "s", "How long a step's process ran");

    /// <summary>From the engine's delivery to the ledger's answer.</summary>
    public static Histogram<double> ClaimSeconds { get; } = meter.CreateHistogram<double>("flow.claim.duration", "s", "How long a claim took");

    public static Counter<long> Expired { get; } = meter.CreateCounter<long>("flow.leases.expired", "{lease}", "Leases taken from silent workers");

    public static UpDownCounter<long> Running { get; } = meter.CreateUpDownCounter<long>("flow.steps.running", "{step}", "Steps that run now");

    /// <summary>Begins to send traces and metrics, if OTEL_EXPORTER_OTLP_ENDPOINT is set; disposing sends what is left.</summary>
    public static IDisposable? Export(string worker)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"))) return null;
        var resource = ResourceBuilder.CreateDefault().AddService("flow", serviceInstanceId: worker);
        return new Exporters(
            Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Name).AddOtlpExporter(NeverOnAStaleConnection).Build(),
            Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Name).AddOtlpExporter(NeverOnAStaleConnection).Build());
    }

    /// <summary>
    /// A collector closes connections that idle, many after a round number of seconds, and spans leave every five: sent at that moment on the old
    /// connection they would be lost, since the exporter sends once.
    /// </summary>
    static void NeverOnAStaleConnection(OtlpExporterOptions options) => options.HttpClientFactory = () =>
        new HttpClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(1) }) { Timeout = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds) };

    sealed record Exporters(TracerProvider Tracing, MeterProvider Metering) : IDisposable
    {
        public void Dispose()
        {
            Tracing.Dispose();
            Metering.Dispose();
        }
    }
}
