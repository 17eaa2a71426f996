using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Domain.Sweeps;
using Flow.Domain.Text;
using LanguageExt;

namespace Flow.Jobs.Ledger;

/// <summary>What the finished steps of a study measured, as the rules of a race between its trials read it.</summary>
public static class StudyRace
{
    public static Seq<Measured> Rows(Lab lab, Plan plan) => plan.Study.Spec.Halving.IsNone
        ? []
        : plan.Steps
            .Bind(step => Measurements.Of(lab, step.Name).ToSeq().Bind(measured => measured.Values.SelectMany(value => Of(step.Name, value)).ToSeq()))
            .Strict();

    static IEnumerable<Measured> Of(StepId step, Measurement value) =>
        from metric in Enum.GetValues<Metric>()
        where Spelling.Kebab(metric.ToString()).Replace('-', '_') == value.Metric
        select new Measured(step, metric, value.Value);
}
