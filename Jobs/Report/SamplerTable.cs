using System.Globalization;
using Flow.Domain.Planning;
using Flow.Storage.Steps;

namespace Flow.Jobs.Report;

/// <summary>A metric of every run under every sampler of a study: what more denoising steps and larger ensembles bring.</summary>
static class SamplerTable
{
    /// <summary>One line a run, one column a sampler; nothing where no run has two samplers.</summary>
    public static (IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)? Of(StepStore steps, Plan plan, string metric)
    {
        var runs = plan.Runs.Map(run => (run.Run.Label, Cells: run.Steps
            .Filter(step => plan[step].Kind == StepKind.Evaluate)
            .SelectMany(step => Measurements.Of(steps.Open(step.Hex)).Match(found => found.Values, () => []))
            .Where(value => value.Metric == metric).ToList())).Filter(run => run.Cells.Count > 0).ToList();
        var samplers = runs.SelectMany(run => run.Cells).Select(Sampler).Distinct().Order().ToList();
        return samplers.Count < 2
            ? null
            : (["run", .. samplers.Select(sampler => Heading(sampler, samplers))],
               [.. runs.Select(run => (IReadOnlyList<string>)[run.Label.Length == 0 ? plan.Study.Name : run.Label, .. samplers.Select(sampler => Value(run.Cells.Find(value => Sampler(value) == sampler)))])]);
    }

    static (int Steps, int Ensemble, string Name) Sampler(Measurement value) => (value.SamplerSteps ?? 0, value.Ensemble ?? 0, value.Sampler ?? "");

    static string Heading((int Steps, int Ensemble, string Name) sampler, List<(int Steps, int Ensemble, string Name)> all) => string.Create(
        CultureInfo.InvariantCulture,
        $"{sampler.Steps} steps x {sampler.Ensemble}{(all.Exists(other => other != sampler && (other.Steps, other.Ensemble) == (sampler.Steps, sampler.Ensemble)) ? $", {sampler.Name}" : "")}");

    static string Value(Measurement? value) => value is null
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{value.Value:0.0000} [{value.Low:0.000}, {value.High:0.000}]");
}
