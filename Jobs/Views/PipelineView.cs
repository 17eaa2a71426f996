using Flow.Jobs.Steps;

namespace Flow.Jobs.Views;

/// <summary>A step's data graph as pages show it.</summary>
/// <param name="Run">The first run that contains the step; null where no recorded study of this version does.</param>
public sealed record PipelineView(string Step, string Label, string Study, string? Run, PipelineFile Graph)
{
    // A file older than this was left by a process that is gone.
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(15);

    /// <summary>Of the steps that are at work now, whichever process runs them.</summary>
    public static IReadOnlyList<PipelineView> Running(Lab lab, KnownStudies studies, DateTimeOffset now) =>
    [
        .. from step in lab.Steps.Begun()
           let directory = lab.Steps.Unfinished(step)
           where directory is not null
           let graph = PipelineFile.Of(directory)
           where graph is { Live: true } && now - graph.Time < Fresh
           select Named(studies, step, graph),
    ];

    static PipelineView Named(KnownStudies studies, string step, PipelineFile graph)
    {
        foreach (var plan in studies.All().Select(study => study.Plan))
            foreach (var planned in plan.Steps.Filter(planned => planned.Name.Hex == step))
            {
                var run = plan.Runs.Find(run => run.Steps.Contains(planned.Name)).MatchUnsafe<string?>(run => KnownStudies.LabelOf(plan, run), () => null);
                return new PipelineView(step, planned.Label, plan.Study.Name, run, graph);
            }
        return new PipelineView(step, $"step {step[..Math.Min(12, step.Length)]}", "", null, graph);
    }
}
