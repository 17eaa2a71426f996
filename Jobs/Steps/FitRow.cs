using Flow.Domain.Compute;
using Flow.Domain.Diffusion;
using Flow.Domain.Laws;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Domain.Text;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Jobs.Steps;

/// <summary>One measured value that a law reads, with the lineage of its model.</summary>
public sealed record FitRow(string Step, Lineage Lineage, Measurement Measured)
{
    /// <summary>The values of the measuring steps that have the law's metric, task and sampler.</summary>
    public static Seq<FitRow> Of(Lab lab, Plan plan, FitSpec spec, Seq<StepId> steps) => steps
        .Bind(step => from lineage in Lineage.Of(plan, step).ToSeq()
                      from measured in Measurements.Of(lab, step).ToSeq()
                      from value in measured.Values.ToSeq()
                      where Belongs(spec, value)
                      select new FitRow(step.Hex, lineage, value))
        .Strict();

    /// <summary>A point along an axis; none where the axis is the sampler's and the row has none.</summary>
    public Option<Observation> Along(FitAxis axis) => On(axis).Map(x => new Observation(x, Measured.Value, Step));

    /// <summary>What a prediction costs was counted by who made it: steps and members don't say whether there was guidance, or two passes a step.</summary>
    Option<double> On(FitAxis axis) => axis == FitAxis.InferenceMacs ? Sampler.Bind(_ => Optional(Measured.MacsPerImage)) : Lineage.On(axis, Sampler);

    /// <summary>Active parameters, tokens seen, training FLOPs as counted (two a MAC; of the stages that the axis names) and the value.</summary>
    /// <remarks>A run is a curve: rows of one model and training that differ in their length alone continue each other and share their noise.</remarks>
    public TrainingPoint Trained(FitAxis axis)
    {
        var macs = axis is FitAxis.TrainMacs or FitAxis.PretrainMacs ? Lineage.On(axis, None).IfNone(0) : Lineage.TotalTrainMacs;
        return new(Accounting.Parameters(Lineage.Model).Active, Lineage.Images * Lineage.Model.Tokens, macs * CountingRules.FlopsPerMac, Measured.Value, Lineage.Curve);
    }

    Option<SamplerSpec> Sampler => Measured is { SamplerSteps: { } steps, Ensemble: { } members } ? Some(new SamplerSpec(steps, members)) : None;

    static bool Belongs(FitSpec spec, Measurement value) =>
        value.Metric == MetricName(spec.Y)
        && spec.Task.Map(task => Spelling.Kebab(task.ToString())).Match(task => value.Task == task, () => value.Task is null)
        && spec.SamplerSteps.ForAll(steps => value.SamplerSteps == steps)
        && spec.Ensemble.ForAll(members => value.Ensemble == members);

    /// <summary>The metric as rows spell it.</summary>
    internal static string MetricName(Metric metric) => Spelling.Kebab(metric.ToString()).Replace('-', '_');
}
