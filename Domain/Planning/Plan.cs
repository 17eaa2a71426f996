using Flow.Domain.Runs;
using Flow.Domain.Studies;
using LanguageExt;

namespace Flow.Domain.Planning;

/// <summary>A run and the steps that are its own stages, in order; shared steps appear in several runs.</summary>
public sealed record PlannedRun(Run Run, Seq<StepId> Steps);

/// <summary>
/// The graph of steps of a study: every step once, after the steps that it reads; the same study gives the same plan.
/// </summary>
public sealed class Plan
{
    readonly Dictionary<StepId, Step> byName;

    Plan(Study study, Seq<Step> steps, Seq<PlannedRun> runs)
    {
        (Study, Steps, Runs) = (study, steps, runs);
        byName = steps.ToDictionary(step => step.Name);
    }

    public Study Study { get; }

    /// <summary>In an order in which they can be run one after the other.</summary>
    public Seq<Step> Steps { get; }

    public Seq<PlannedRun> Runs { get; }

    /// <summary>The study's identity: the name of its report step, which hashes all that the study means.</summary>
    public StepId Identity => Steps.Last.Name;

    /// <summary>Names of these steps and of all that they need.</summary>
    public Seq<StepId> With(Seq<StepId> names)
    {
        var needed = new System.Collections.Generic.HashSet<StepId>(names);
        foreach (var step in Steps.Rev())
            if (needed.Contains(step.Name)) needed.UnionWith(step.Inputs);
        return Steps.Map(step => step.Name).Filter(needed.Contains).Strict();
    }

    /// <summary>A step of this plan; any other name is a bug.</summary>
    public Step this[StepId name] => byName[name];

    public static Plan Of(Study study)
    {
        var builder = new PlanBuilder(study);
        var runs = study.Runs.Map(run => new PlannedRun(run, builder.Run(run))).Strict();
        var fits = study.Spec.Fits.Map(fit => builder.Fit(fit)).Strict();
        var forecast = from spec in study.Spec.Forecast
                       from run in study.Forecast
                       select builder.Forecast(spec, run);
        var all = runs.Concat(forecast.Map(known => known.Run).ToSeq()).Strict();
        builder.Report(all, fits, forecast.Map(known => known.Verdict));
        return new Plan(study, Prefixes.Link(builder.Steps), all);
    }
}
