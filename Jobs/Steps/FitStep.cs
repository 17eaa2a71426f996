using System.Text.Json;
using Flow.Domain.Laws;
using Flow.Domain.Planning;
using Flow.Domain.Plots;
using Flow.Domain.Studies;
using Flow.Domain.Text;
using Flow.Storage.Files;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Jobs.Steps;

/// <summary>Fits a law over what the measuring steps of a study found: law.json, law.txt and law.svg.</summary>
public static class FitStep
{
    public static void Run(StepContext context, Payload.Fit payload)
    {
        var observations = Observations(context.Lab, context.Plan, payload);
        var fit = PowerLaw.Fit(observations, Options(payload.Spec)).Match(
            Right: fit => fit,
            Left: refusal => throw new StepFailure($"the points carry no law: {refusal}"));
        var (x, y) = Labels(payload.Spec);
        AtomicFile.WriteText(context.InWork("law.json"), FitReport.Json(fit).ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        AtomicFile.WriteText(context.InWork("law.txt"), FitReport.Text(fit, x, y));
        AtomicFile.WriteText(context.InWork("law.svg"), LawPlot.Of(fit, $"{y} against {x}", x, y).ToSvg());
    }

    public static FitOptions Options(FitSpec spec) => new(spec.Form == LawForm.PowerFloor ? Floor.Fitted : Floor.None);

    /// <summary>One point for each measuring step that has the law's metric and sampler; x by the lineage of its model.</summary>
    public static Seq<Observation> Observations(Lab lab, Plan plan, Payload.Fit payload) => payload.Rows
        .Bind(step => from lineage in Lineage.Of(plan, step).ToSeq()
                      from measured in Measurements.Of(lab.Steps.Open(step.Hex)).ToSeq()
                      from value in measured.Values.ToSeq()
                      where Belongs(payload.Spec, value)
                      from x in lineage.On(payload.Spec.X, Sampler(value)).ToSeq()
                      select new Observation(x, value.Value, step.Hex))
        .Strict();

    static bool Belongs(FitSpec spec, Measurement value) =>
        value.Metric == MetricName(spec.Y)
        && spec.Task.Map(task => Spelling.Kebab(task.ToString())).Match(task => value.Task == task, () => value.Task is null)
        && spec.SamplerSteps.ForAll(steps => value.SamplerSteps == steps)
        && spec.Ensemble.ForAll(members => value.Ensemble == members);

    static Option<Flow.Domain.Diffusion.SamplerSpec> Sampler(Measurement value) => value is { SamplerSteps: { } steps, Ensemble: { } members }
        ? Some(new Flow.Domain.Diffusion.SamplerSpec(steps, members))
        : None;

    /// <summary>The metric as rows spell it.</summary>
    public static string MetricName(Metric metric) => Spelling.Kebab(metric.ToString()).Replace('-', '_');

    static (string X, string Y) Labels(FitSpec spec) => (
        spec.X switch
        {
            FitAxis.TrainMacs => "training compute of the last stage, MACs",
            FitAxis.TotalTrainMacs => "training compute, MACs",
            FitAxis.PretrainMacs => "pretraining compute, MACs",
            FitAxis.Params => "parameters",
            FitAxis.ParamsActive => "active parameters",
            FitAxis.Images => "images seen",
            FitAxis.Tokens => "tokens seen",
            FitAxis.SamplerSteps => "denoising steps",
            FitAxis.Ensemble => "ensemble members",
            FitAxis.InferenceMacs => "compute of one prediction, MACs",
            _ => spec.X.ToString(),
        },
        spec.Y switch
        {
            Metric.Loss => spec.Task.Match(task => $"held-out {task.ToString().ToLowerInvariant()} diffusion loss", () => "held-out diffusion loss"),
            Metric.Absrel => "AbsRel",
            Metric.Delta1Error => "1 - delta1",
            Metric.Epe => "EPE, px",
            Metric.IouError => "1 - IoU",
            _ => spec.Y.ToString(),
        });
}
