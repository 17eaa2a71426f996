using Flow.Storage.Results;

namespace Flow.Cli.Tests;

/// <summary>A result store with the rows that a study would leave whose losses lie exactly on L = E + A/N^alpha + B/D^beta.</summary>
public sealed class StudyOfASurface : IDisposable
{
    /// <summary>Forward MACs of an image for one parameter; an image has 16 tokens.</summary>
    const double MacsPerParam = 16;

    public string Store { get; } = Path.Combine(Path.GetTempPath(), $"flow-laws-{Guid.NewGuid():N}");

    /// <summary>Equal exponents of size and data, so that N* ~ C^0.5 exactly.</summary>
    public void Add(string study, double amplitude)
    {
        double[] budgets = [1e11, 3e11, 1e12, 3e12, 1e13, 3e13];
        new ResultStore(Store).Append(
            from macs in budgets
            from step in Enumerable.Range(-4, 9)
            let size = Math.Sqrt(macs / 3 / MacsPerParam) * Math.Pow(1.5, step) / 100
            let images = macs / 3 / MacsPerParam / size
            let loss = 0.05 + amplitude * (Math.Pow(size * 100, -0.3) + Math.Pow(images / 100, -0.3))
            select new ResultRow
            {
                Study = study,
                Run = $"{macs:G3} {step}",
                Step = $"{study} {macs:G3} {step}",
                Stage = "held-out-loss",
                Metric = "loss",
                Value = loss,
                Model = $"size {step}",
                Params = (long)size,
                ParamsActive = (long)size,
                TrainMacs = macs,
                Images = (long)images,
                Tokens = (long)images * 16,
                Time = DateTimeOffset.UnixEpoch,
            });
    }

    /// <summary>Two models evaluated with 1 and 10 denoising steps.</summary>
    public void AddEvaluations(string study) => new ResultStore(Store).Append(
        new (string Model, int Steps, double Macs, double Error)[] { ("small", 1, 1e6, 0.30), ("small", 10, 1e7, 0.25), ("large", 1, 8e6, 0.20), ("large", 10, 8e7, 0.19) }
        .Select(cell => new ResultRow
        {
            Study = study,
            Run = cell.Model,
            Step = $"{cell.Model} evaluation",
            Stage = "evaluate",
            Metric = "absrel",
            Task = "depth",
            Value = cell.Error,
            Low = cell.Error - 0.02,
            High = cell.Error + 0.02,
            Model = cell.Model,
            SamplerSteps = cell.Steps,
            Ensemble = 1,
            MacsPerImage = cell.Macs,
            Time = DateTimeOffset.UnixEpoch,
        }));

    public Task<Answer> Flow(params string[] words) => Terminal.Run([.. words, "--store", Store]);

    public void Dispose() => Directory.Delete(Store, recursive: true);
}
