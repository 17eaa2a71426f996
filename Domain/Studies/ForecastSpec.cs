using Flow.Domain.Runs;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Studies;

/// <summary>
/// A run with more compute than all others of a study. Its loss is predicted from the others and stored before it is trained; then it is
/// trained, and the report shows both.
/// </summary>
/// <param name="TrainMacs">Its training compute; the steps of the stage follow as on a budgets axis.</param>
/// <param name="Run">What it changes in the base run.</param>
/// <param name="Y">The metric that is predicted: that of a stage of the run.</param>
/// <param name="Task">Whose metric; none for the loss of the generator.</param>
/// <param name="Stage">Index of the training stage that the compute is for.</param>
public sealed record ForecastSpec(
    double TrainMacs,
    Branch Run,
    Metric Y = Metric.Loss,
    Option<PerceptionTask> Task = default,
    int Stage = 0)
{
    /// <summary>The rows that it is predicted from, and the row that says how it came out.</summary>
    public FitSpec Rows => new(Y, FitAxis.TrainMacs, LawForm.Isoflop, Task: Task);

    /// <summary>The two points, of one axis each, that turn the base run into this one.</summary>
    internal Seq<AxisSpec> Axes => Seq<AxisSpec>(new AxisSpec.Branches(Seq1(Run)), new AxisSpec.Budgets(Seq1(TrainMacs), Stage));
}
