using System.Diagnostics;
using Flow.Domain.Planning;
using Flow.Training.Ensembles;

namespace Flow.Jobs.Steps;

/// <summary>
/// Predicts with each sampler, decodes to pixels, scores, and keeps a gallery. Samplers that differ in their ensemble alone share their
/// members; every batch that is scored is on disk, so that an interrupted evaluation goes on with the next one.
/// </summary>
public static class EvaluateStep
{
    public static void Run(StepContext context, Payload.Evaluate payload)
    {
        var clock = Stopwatch.StartNew();
        var ingest = (Payload.Ingest)context.Plan[payload.Data].Payload;
        using var evaluation = new Evaluation(context, payload, context.Open(payload.Data), ingest.Codec);
        var chains = SharedChain.Of(payload.Samplers);
        var measured = chains
            .SelectMany((chain, i) => evaluation.Score(chain, new ScoreJournal(Scores(context.Directory, i)), i, chains.Count))
            .SelectMany(cell => cell.Rows).ToList();
        new Measurements(context.Work.Attempt, DateTimeOffset.UtcNow, clock.Elapsed.TotalSeconds, measured).Save(context.Directory);
        new Gallery(context, payload, evaluation, ingest).Save([(context.Directory, payload.Samplers.ToList())]);
    }

    /// <summary>Where the scores of a chain are, sample by sample.</summary>
    internal static string Scores(string directory, int chain) =>
        Path.Combine(directory, "scores", chain.ToString("D3", System.Globalization.CultureInfo.InvariantCulture));
}
