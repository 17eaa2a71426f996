using System.Text.Json;
using Flow.Domain.Planning;
using Flow.Storage.Files;
using LanguageExt;

namespace Flow.Jobs;

/// <summary>One number that a step measured, kept in its directory: the source from which result rows, laws and reports are made.</summary>
/// <param name="Metric">In the result store's spelling: loss, absrel, delta1, delta1_error, epe, iou, ...</param>
/// <param name="Unit">1 for a ratio, px for flow.</param>
/// <param name="Low">Lower end of the 95 % bootstrap interval over samples; null where the number has none.</param>
/// <param name="SamplerSteps">Denoising steps of the sampler that predicted; null for losses.</param>
/// <param name="Samples">How many samples it is the mean of.</param>
public sealed record Measurement(
    string Metric,
    double Value,
    string Unit = "1",
    double? Low = null,
    double? High = null,
    string? Task = null,
    int? SamplerSteps = null,
    int? Ensemble = null,
    string? Sampler = null,
    double? MacsPerImage = null,
    double? Seconds = null,
    int? Samples = null);

/// <summary>What a finished step measured, and when.</summary>
public sealed record Measurements(long Attempt, DateTimeOffset Time, double Seconds, IReadOnlyList<Measurement> Values)
{
    const string FileName = "measurements.json";

    /// <summary>With more values of the same step.</summary>
    public Measurements With(IEnumerable<Measurement> more) => this with { Values = [.. Values, .. more] };

    public void Save(string directory) =>
        AtomicFile.WriteText(Path.Combine(directory, FileName), JsonSerializer.Serialize(this));

    /// <summary>Nothing for a step that measures nothing, or that was not run: a trial that lost a race leaves such steps.</summary>
    public static Option<Measurements> Of(Lab lab, StepId step) => lab.Steps.Exists(step.Hex) ? Of(lab.Steps.Open(step.Hex)) : Option<Measurements>.None;

    /// <summary>Nothing for a step that measures nothing.</summary>
    public static Option<Measurements> Of(string directory)
    {
        var path = Path.Combine(directory, FileName);
        return File.Exists(path) ? JsonSerializer.Deserialize<Measurements>(File.ReadAllText(path))! : Option<Measurements>.None;
    }
}
