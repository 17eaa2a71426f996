using Flow.Domain;
using Flow.Domain.Planning;
using Flow.Jobs;
using Flow.Jobs.Views;

namespace Flow.Dashboard.Api;

/// <summary>Runs: the list, one of them, its curves, and several side by side.</summary>
static class RunsApi
{
    const int MostBuckets = 4000, Windows = 120;

    public sealed record RunName(string Study, string Run);

    /// <param name="Runs">Null takes all runs of the studies.</param>
    /// <param name="Stage">pretrain or fine-tune; null is each run's last training.</param>
    public sealed record ComparisonAsked(IReadOnlyList<string> Studies, IReadOnlyList<RunName>? Runs = null, string Metric = "loss", string? Stage = null);

    public static void Map(RouteGroupBuilder api)
    {
        var runs = api.MapGroup("").WithTags("runs");
        runs.MapGet("/runs", (string[] study, Lab lab, KnownStudies studies, CancellationToken cancel) =>
                RunTable.Lines(lab, RunTable.Runs(studies, study.Length == 0 ? null : study), cancel))
            .WithSummary("The runs of all recorded studies, or of those named");
        runs.MapGet("/runs/one", (string study, string run, Lab lab, KnownStudies studies) => One(study, run, lab, studies))
            .WithSummary("A run: its steps with what they measured and what made them, checkpoints and spec").Produces<RunView>().Produces<Refusal>(StatusCodes.Status404NotFound);
        runs.MapGet("/curves/{step}", (string step, long? from, long? to, int? buckets, Lab lab, CancellationToken cancel) => Curves(step, from, to, buckets ?? 400, lab, cancel))
            .WithSummary("The curves of a training step between two optimizer steps: of each bucket the first, lowest, highest and last point");
        runs.MapPost("/compare", (ComparisonAsked asked, Lab lab, KnownStudies studies, CancellationToken cancel) => Compare(asked, lab, studies, cancel))
            .WithSummary("Runs side by side: mean curves, and the parameters that differ");
    }

    /// <param name="study">Name or identity.</param>
    static IResult One(string study, string run, Lab lab, KnownStudies studies) => RunView.Of(lab, studies, study, run) is { } view
        ? Results.Json(view)
        : Answers.Missing($"no recorded study '{study}' has a run '{run}'");

    static CurvesView Curves(string step, long? from, long? to, int buckets, Lab lab, CancellationToken cancel)
    {
        if (!StepFiles.IsName(step)) throw new BadInputException($"step: '{step}' is not the name of a step");
        if (buckets is < 1 or > MostBuckets) throw new BadInputException($"buckets: {buckets} is not between 1 and {MostBuckets}");
        return CurvesView.Of(lab, step, from, to, buckets, cancel);
    }

    static RunComparison Compare(ComparisonAsked asked, Lab lab, KnownStudies studies, CancellationToken cancel)
    {
        var stage = asked.Stage switch
        {
            null or "" => (StepKind?)null,
            "pretrain" => StepKind.Pretrain,
            "fine-tune" => StepKind.FineTune,
            var other => throw new BadInputException($"stage: '{other}' is neither pretrain nor fine-tune"),
        };
        var chosen = RunTable.Runs(studies, asked.Studies);
        if (asked.Runs is { } named) chosen = [.. chosen.Where(run => named.Contains(new RunName(run.Study, run.Label)))];
        return RunComparison.Of(lab, chosen, asked.Metric, stage, Windows, cancel);
    }
}
