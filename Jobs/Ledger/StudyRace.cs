using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Domain.Sweeps;
using Flow.Domain.Text;
using LanguageExt;

namespace Flow.Jobs.Ledger;

/// <summary>What the finished steps of a study measured, as the rules of a race between its trials read it.</summary>
public static class StudyRace
{
    /// <param name="failed">Steps that failed for good: their trials are out.</param>
    public static Seq<Measured> Rows(Lab lab, Plan plan, IEnumerable<StepId> failed) => plan.Study.Spec.Halving.Match(
        None: () => [],
        Some: halving => Finished(lab, plan).Concat(failed.Select(step => new Measured(step, halving.Metric, double.NaN))).ToSeq().Strict());

    /// <summary>Once nothing more can run: what is missing has failed, or belongs to a trial that lost.</summary>
    public static Race Ended(Lab lab, Plan plan) =>
        Race.Of(plan, Rows(lab, plan, plan.Runs.Bind(run => run.Steps).Filter(step => !lab.Steps.Exists(step.Hex))));

    static IEnumerable<Measured> Finished(Lab lab, Plan plan) =>
        plan.Steps
            .Bind(step => Measurements.Of(lab, step.Name).ToSeq().Bind(measured => measured.Values.SelectMany(value => Of(step.Name, value)).ToSeq()))
            .Strict();

    static IEnumerable<Measured> Of(StepId step, Measurement value) =>
        from metric in Enum.GetValues<Metric>()
        where Spelling.Kebab(metric.ToString()).Replace('-', '_') == value.Metric
        select new Measured(step, metric, value.Value);
}
