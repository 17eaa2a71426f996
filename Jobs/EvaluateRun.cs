using Flow.Domain;
using Flow.Domain.Diffusion;
using Flow.Domain.Planning;
using Flow.Jobs.Steps;
using Flow.Storage.Shards;
using Flow.Training.Ensembles;
using LanguageExt;

namespace Flow.Jobs;

/// <summary>What a grid of samplers is measured on.</summary>
/// <param name="Folder">Shards of the run's task, encoded by the run's codec.</param>
public sealed record EvaluationRequest(TrainedRun Run, TrainedTask Task, string Folder, IReadOnlyList<SamplerSpec> Grid, int? MaxSamples, int Seed);

/// <summary>
/// Evaluations that no study planned. Samplers that differ in their ensemble alone are one step of the store, named like any other by what
/// it does: what is finished is found again, by a larger grid too, and an interrupted grid goes on where it was.
/// </summary>
public static class EvaluateRun
{
    /// <summary>Measures what isn't there yet, and answers with the rows of the whole grid.</summary>
    /// <exception cref="BadInputException">The shards are not this run's: another task, codec or size.</exception>
    public static async Task<IReadOnlyList<Measurement>> Run(Lab lab, EvaluationRequest request, IProgress<StudyEvent> progress, CancellationToken cancel)
    {
        var index = Checked(lab, request);
        var run = request.Run;
        var steps = SharedChain.Of(request.Grid).Select(chain => Step.Of(Payload(request, chain, index))).ToList();
        var values = new List<Measurement>();
        foreach (var step in steps)
        {
            if (lab.Steps.Exists(step.Name.Hex)) progress.Report(new StudyEvent.Found(step.Name.Hex, step.Label));
            else await Measure(lab, request, step, steps.IndexOf(step) + 1, steps.Count, progress, cancel);
            PublishRows.Under(lab, step, new RunOfRows(run.From.Plan.Study.Name, run.Label, Lineage.Of(run.From.Plan, run.Step.Name), index.Schema.Dataset));
            values.AddRange(Measurements.Of(lab.Steps.Open(step.Name.Hex)).Match(Some: measured => measured.Values, None: () => []));
        }
        return values;
    }

    static Payload.Evaluate Payload(EvaluationRequest request, SharedChain chain, DatasetIndex index) => new(
        request.Run.Model, request.Task.Diffusion, request.Task.Task, new Seq<SamplerSpec>(chain.Cells), request.Run.Step.Name,
        new StepId(index.DatasetHash), request.Task.Data.CodecStep, Prelude.Optional(request.MaxSamples), request.Seed);

    static async Task Measure(
        Lab lab, EvaluationRequest request, Step step, int number, int count, IProgress<StudyEvent> progress, CancellationToken cancel)
    {
        progress.Report(new StudyEvent.Started(step.Name.Hex, step.Label, number, count));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        using var held = await StepLock.Take(lab.Root, step.Name.Hex, () => progress.Report(new StudyEvent.Noted(step.Name.Hex, "another process measures this: waiting for it")), cancel);
        if (lab.Steps.Exists(step.Name.Hex)) return;
        var work = lab.Steps.Begin(step.Name.Hex, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        var context = new StepContext(lab, request.Run.From.Plan, step, work, request.Run.From.BaseFolder, progress, cancel);
        // Tensors belong to the dispose scopes of one thread.
        await Task.Factory.StartNew(
            () => EvaluateStep.Run(context, (Payload.Evaluate)step.Payload, request.Folder, request.Task.Data.Codec, (_, _, _) => { }),
            cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        work.Commit();
        progress.Report(new StudyEvent.Finished(step.Name.Hex, clock.Elapsed));
    }

    static DatasetIndex Checked(Lab lab, EvaluationRequest request)
    {
        var data = new ShardedData(request.Folder);
        var task = data.Schema.Properties.GetValueOrDefault("task", "photographs");
        if (!task.Equals(request.Task.Task.ToString(), StringComparison.OrdinalIgnoreCase))
            throw new BadInputException($"--data: {request.Folder} holds {task}, {request.Run.Name} predicts {request.Task.Task}");
        var codec = FitCodecStep.Load(lab.Steps.Open(request.Task.Data.CodecStep.Hex));
        using var owned = codec as IDisposable;
        if (data.Schema.CodecHash != codec.Hash)
            throw new BadInputException($"--data: {request.Folder} was encoded by codec {data.Schema.CodecHash[..12]}, {request.Run.Name} was trained on {codec.Hash[..12]}: give a data set of its study");
        return data.Shape(BlobSpec.Target).Height == request.Run.Model.LatentSize
            ? data.Index
            : throw new BadInputException($"--data: latents of {data.Shape(BlobSpec.Target).Height} a side, {request.Run.Model.Name} takes {request.Run.Model.LatentSize}");
    }
}
