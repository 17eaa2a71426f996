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

/// <summary>A cell of a grid that is measured: its step in the store, whose directory has its gallery, and its rows.</summary>
public sealed record MeasuredCell(SamplerSpec Sampler, StepId Step, IReadOnlyList<Measurement> Rows);

/// <summary>
/// Evaluations that no study planned. Every cell of the grid is a step of the store, named like any other by what it does: what is finished
/// is found again, by a larger grid too, and an interrupted grid goes on where it was. Cells that differ in their ensemble alone are
/// measured together, from one set of members.
/// </summary>
public static class EvaluateRun
{
    /// <summary>Measures what isn't there yet, and answers with the whole grid in its order.</summary>
    /// <exception cref="BadInputException">The shards are not this run's: another task, codec or size.</exception>
    public static async Task<IReadOnlyList<MeasuredCell>> Run(Lab lab, EvaluationRequest request, IProgress<StudyEvent> progress, CancellationToken cancel)
    {
        var index = Checked(lab, request);
        var chains = SharedChain.Of(request.Grid);
        var measured = new List<MeasuredCell>();
        foreach (var (chain, number) in chains.Select((chain, number) => (chain, number)))
        {
            var cells = chain.Cells.Select(sampler => new Cell(sampler, Step.Of(Payload(request, sampler, index)))).ToList();
            foreach (var found in cells.Where(cell => lab.Steps.Exists(cell.Step.Name.Hex))) progress.Report(new StudyEvent.Found(found.Step.Name.Hex, found.Step.Label));
            if (cells.Exists(cell => !lab.Steps.Exists(cell.Step.Name.Hex))) await Measure(lab, request, chain, cells, number, chains.Count, progress, cancel);
            foreach (var (sampler, step) in cells)
            {
                PublishRows.Under(lab, step, new RunOfRows(
                    request.Run.From.Plan.Study.Name, request.Run.Label, Lineage.Of(request.Run.From.Plan, request.Run.Step.Name), index.Schema.Dataset));
                measured.Add(new MeasuredCell(sampler, step.Name, Measurements.Of(lab.Steps.Open(step.Name.Hex)).Match(Some: found => found.Values, None: () => [])));
            }
        }
        return [.. measured.OrderBy(cell => request.Grid.ToList().IndexOf(cell.Sampler))];
    }

    sealed record Cell(SamplerSpec Sampler, Step Step);

    static Payload.Evaluate Payload(EvaluationRequest request, SamplerSpec sampler, DatasetIndex index) => new(
        request.Run.Model, request.Task.Diffusion, request.Task.Task, Prelude.Seq1(sampler), request.Run.Step.Name,
        new StepId(index.DatasetHash), request.Task.Data.CodecStep, Prelude.Optional(request.MaxSamples), request.Seed);

    static async Task Measure(
        Lab lab, EvaluationRequest request, SharedChain chain, List<Cell> cells, int number, int chains, IProgress<StudyEvent> progress, CancellationToken cancel)
    {
        // In the order of their names, so that two processes never wait for each other.
        var held = new List<StepLock>();
        try
        {
            foreach (var step in cells.Select(cell => cell.Step).OrderBy(step => step.Name.Hex, StringComparer.Ordinal))
                held.Add(await StepLock.Take(lab.Root, step.Name.Hex, () => progress.Report(new StudyEvent.Noted(step.Name.Hex, "another process measures this: waiting for it")), cancel));
            var missing = cells.Where(cell => !lab.Steps.Exists(cell.Step.Name.Hex)).ToList();
            if (missing.Count == 0) return;
            // Tensors belong to the dispose scopes of one thread.
            await Task.Factory.StartNew(
                () => Measured(lab, request, chain, missing, number, chains, progress, cancel), cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            foreach (var one in held) one.Dispose();
        }
    }

    static void Measured(
        Lab lab, EvaluationRequest request, SharedChain chain, List<Cell> missing, int number, int chains, IProgress<StudyEvent> progress, CancellationToken cancel)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        // The largest ensemble contains the others: what is known of the whole chain is written down in its directory.
        var (most, largest) = missing.MaxBy(cell => cell.Sampler.Ensemble)!;
        progress.Report(new StudyEvent.Started(largest.Name.Hex, $"{largest.Label}: {chain.Draw.Steps} steps, {missing.Count} ensembles", number + 1, chains));
        var attempt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var works = missing.ToDictionary(cell => cell.Sampler, cell => lab.Steps.Begin(cell.Step.Name.Hex, attempt));
        var context = new StepContext(
            lab, request.Run.From.Plan, largest, works[most], request.Run.From.BaseFolder, progress, cancel);
        var payload = (Payload.Evaluate)largest.Payload;
        using var evaluation = new Evaluation(context, payload, request.Folder, request.Task.Data.Codec);
        var left = SharedChain.Of(missing.Select(cell => cell.Sampler)).Single();
        foreach (var (sampler, rows) in evaluation.Score(left, new ScoreJournal(EvaluateStep.Scores(context.Directory, 0)), number, chains))
            new Measurements(attempt, DateTimeOffset.UtcNow, rows[0].Seconds ?? 0, rows).Save(works[sampler].Directory);
        new Gallery(context, payload, evaluation, IngestOf(lab, request)).Save([.. works.Select(work => (work.Value.Directory, (IReadOnlyList<SamplerSpec>)[work.Key]))]);
        // The largest last: should this process be killed in between, the others are made from its scores.
        foreach (var work in works.OrderBy(work => work.Key == most)) work.Value.Commit();
        progress.Report(new StudyEvent.Finished(largest.Name.Hex, clock.Elapsed));
    }

    /// <summary>The study's own step that made the shards, whose source has the photographs.</summary>
    static Payload.Ingest? IngestOf(Lab lab, EvaluationRequest request) => request.Run.From.Plan.Steps
        .Filter(step => step.Kind == StepKind.Ingest && lab.Steps.Exists(step.Name.Hex) && Path.GetFullPath(lab.Steps.Open(step.Name.Hex)) == Path.GetFullPath(request.Folder))
        .Map(step => (Payload.Ingest)step.Payload).FirstOrDefault();

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
