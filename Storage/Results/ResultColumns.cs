using Flow.Storage.Engines;

namespace Flow.Storage.Results;

/// <summary>
/// The columns of the two tables. Their names are a file format: add at the end, never rename. Times are microseconds since 1970 in UTC.
/// </summary>
static class ResultColumns
{
    public const string SchemaVersion = "1";

    public static RowGroup Of(IReadOnlyList<ResultRow> rows) => new(
    [
        Text("study", rows, row => row.Study),
        Text("run", rows, row => row.Run),
        Text("step", rows, row => row.Step),
        Text("stage", rows, row => row.Stage),
        Text("metric", rows, row => row.Metric),
        Number("value", rows, row => row.Value),
        Text("unit", rows, row => row.Unit),
        Text("model", rows, row => row.Model),
        Text("dataset", rows, row => row.Dataset),
        Whole("params", rows, row => row.Params),
        Whole("params_active", rows, row => row.ParamsActive),
        Number("macs_per_image", rows, row => row.MacsPerImage),
        Number("train_macs", rows, row => row.TrainMacs),
        Whole("images", rows, row => row.Images),
        Whole("tokens", rows, row => row.Tokens),
        Number("gpu_seconds", rows, row => row.GpuSeconds),
        Whole("optimizer_step", rows, row => row.OptimizerStep),
        Whole("seed", rows, row => row.Seed),
        Whole("attempt", rows, row => row.Attempt),
        Number("low", rows, row => row.Low),
        Number("high", rows, row => row.High),
        Whole("time_us", rows, row => Microseconds(row.Time)),
        Text("task", rows, row => row.Task),
        Whole("sampler_steps", rows, row => row.SamplerSteps),
        Whole("ensemble", rows, row => row.Ensemble),
        Text("sampler", rows, row => row.Sampler),
        Text("commit", rows, row => row.Commit),
        Text("engine", rows, row => row.Engine),
        Text("device", rows, row => row.Device),
        Text("host", rows, row => row.Host),
    ]);

    public static RowGroup Of(IReadOnlyList<CurveRow> rows) => new(
    [
        Text("study", rows, row => row.Study),
        Text("run", rows, row => row.Run),
        Text("step", rows, row => row.Step),
        Whole("attempt", rows, row => row.Attempt),
        Whole("optimizer_step", rows, row => row.OptimizerStep),
        Text("metric", rows, row => row.Metric),
        Number("value", rows, row => row.Value),
        Whole("images", rows, row => row.Images),
        Whole("time_us", rows, row => Microseconds(row.Time)),
    ]);

    static long Microseconds(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    static TextColumn Text<T>(string name, IReadOnlyList<T> rows, Func<T, string?> get) => new(name, [.. rows.Select(get)]);

    static LongColumn Whole<T>(string name, IReadOnlyList<T> rows, Func<T, long?> get) => new(name, [.. rows.Select(get)]);

    static DoubleColumn Number<T>(string name, IReadOnlyList<T> rows, Func<T, double?> get) => new(name, [.. rows.Select(get)]);
}
