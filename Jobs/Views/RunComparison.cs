using Flow.Domain;
using Flow.Domain.Drawing;
using Flow.Domain.Planning;
using Flow.Storage.Results;
using LanguageExt;

namespace Flow.Jobs.Views;

/// <summary>The averaged curve of one run.</summary>
/// <param name="Run">Its place in the list of runs.</param>
public sealed record MeanCurve(int Run, IReadOnlyList<double> X, IReadOnlyList<double> Y);

/// <summary>A field in which runs differ, with the value of each; null is the default.</summary>
public sealed record DifferingValues(string Path, IReadOnlyList<string?> Values);

/// <summary>Runs side by side: the curves together, and of the parameters only those that differ.</summary>
public sealed record RunComparison(string Metric, IReadOnlyList<RunLine> Runs, IReadOnlyList<DifferingValues> Differing, IReadOnlyList<MeanCurve> Curves)
{
    /// <summary>Runs that one comparison may hold.</summary>
    public const int Most = 500;

    /// <param name="stage">Whose curves: pretraining's, fine-tuning's, or those of each run's last training.</param>
    /// <param name="windows">Points of a curve, each the average of a window of its length.</param>
    /// <exception cref="BadInputException">There are too many.</exception>
    public static RunComparison Of(Lab lab, IReadOnlyList<PlanOfRun> runs, string metric, StepKind? stage, int windows, CancellationToken cancel)
    {
        if (runs.Count > Most) throw new BadInputException($"{runs.Count} runs are more than the {Most} that can be compared: choose fewer");
        var trainings = runs.Select(run => run.Training(stage)?.Name.Hex).ToList();
        var means = new CurveReader(lab.Results).Means([.. trainings.OfType<string>().Distinct()], metric, windows, cancel).ToLookup(point => point.Step);
        return new RunComparison(
            metric,
            RunTable.Lines(lab, runs, cancel),
            [.. DifferingField.Of(new Seq<Domain.Text.Json>(runs.Select(run => run.Spec)))
                .Map(field => new DifferingValues(field.Path, [.. field.Values.Map(value => value.MatchUnsafe<string?>(text => text, () => null))]))],
            [.. trainings.Index().Where(training => training.Item is not null && means.Contains(training.Item))
                .Select(training => new MeanCurve(
                    training.Index,
                    [.. means[training.Item!].Select(point => point.OptimizerStep)],
                    [.. means[training.Item!].Select(point => point.Value)]))]);
    }
}
