using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Domain.Studies;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Planning;

/// <summary>Collects the steps of a study, each once, inputs first. Lives for one call of <see cref="Plan.Of"/>.</summary>
sealed class PlanBuilder(Study study)
{
    readonly Dictionary<StepId, Step> byName = [];
    readonly List<Step> steps = [];

    /// <summary>While the run of a forecast is built: its training waits for the forecast.</summary>
    Option<StepId> waitFor;

    public Seq<Step> Steps => steps.ToSeq().Strict();

    StepId Add(Payload payload)
    {
        var step = Step.Of(payload) with { After = waitFor };
        if (byName.TryAdd(step.Name, step)) steps.Add(step);
        return step.Name;
    }

    Seq<StepId> Of(StepKind kind) => steps.Where(step => step.Kind == kind).Select(step => step.Name).ToSeq().Strict();

    /// <summary>The steps of a run's stages.</summary>
    public Seq<StepId> Run(Run run)
    {
        var at = new Progress(run.Model.Spec, None, new DiffusionSpec(), default, default);
        foreach (var stage in run.Stages) at = Stage(at, stage);
        return at.Own.Strict();
    }

    public StepId Fit(FitSpec fit) =>
        Add(new Payload.Fit(fit, steps.Where(step => Measures(step.Payload, fit)).Select(step => step.Name).ToSeq().Strict()));

    /// <summary>
    /// The forecast of a run from all rows so far, then the run, whose new steps wait until the forecast is stored, then the verdict.
    /// </summary>
    public (PlannedRun Run, StepId Verdict) Forecast(ForecastSpec spec, Run run)
    {
        var from = steps.Where(step => Measures(step.Payload, spec.Rows)).Select(step => step.Name).ToSeq().Strict();
        var forecast = Add(Of(run, spec.Stage, (model, train) => new Payload.Forecast(model, train, spec.Rows, from)));
        waitFor = forecast;
        var planned = new PlannedRun(run, Run(run));
        waitFor = None;
        var truth = planned.Steps.Filter(name => Measures(byName[name].Payload, spec.Rows)).Last;
        return (planned, Add(new Payload.Verdict(forecast, truth)));
    }

    /// <summary>What a function makes of a run's training stage and the model that it trains.</summary>
    static Payload Of(Run run, int stage, Func<ModelSpec, TrainSpec, Payload> make)
    {
        var before = run.Stages.Take(stage).Fold(run.Model.Spec, (model, earlier) => earlier.After(model));
        return run.Stages[stage] switch
        {
            StageSpec.Pretrain p => make(before, p.Train),
            StageSpec.FineTune f => make(f.After(before), f.Train),
            var other => throw new InvalidOperationException($"validation lets no {other} have a budget"),
        };
    }

    public StepId Report(Seq<PlannedRun> runs, Seq<StepId> fits, Option<StepId> verdict) => Add(new Payload.Report(
        runs.Map(run => new ReportedRun(run.Run.Label, run.Run.Model.Name, run.Steps)).Strict(), Of(StepKind.Baseline), fits, verdict));

    /// <summary>Whether a step's rows are the fit's: its metric of its task.</summary>
    static bool Measures(Payload payload, FitSpec fit) => payload switch
    {
        Payload.Pretrain => fit.IsOfTraining(None),
        Payload.FineTune p => p.Mixture.Exists(part => fit.IsOfTraining(part.Task)),
        Payload.HeldOutLoss p => fit.IsOfHeldOutLoss(p.Task),
        Payload.Evaluate p => fit.IsOfEvaluation(p.Task),
        _ => false,
    };

    /// <summary>A run so far: the model, the step that left its weights, its objective, its mixture, and its own steps.</summary>
    sealed record Progress(ModelSpec Model, Option<StepId> Weights, DiffusionSpec Diffusion, Seq<MixturePart> Mixture, Seq<StepId> Own)
    {
        public StepId Checkpoint => Weights.IfNone(() => throw new InvalidOperationException("validation lets no untrained model be measured"));

        public Progress Left(ModelSpec model, StepId step) => this with { Model = model, Weights = step, Own = Own.Add(step) };

        public Progress Measured(StepId step) => this with { Own = Own.Add(step) };
    }

    Progress Stage(Progress at, StageSpec stage) => stage switch
    {
        StageSpec.Pretrain p => at.Left(at.Model, Add(new Payload.Pretrain(at.Model, p.Train, Shards(p.Dataset)))) with { Diffusion = p.Train.Diffusion },
        StageSpec.Import i => at.Left(at.Model, Add(new Payload.Import(at.Model, i.Sha256, i.Tasks, i.Trained, i.Path))) with { Diffusion = i.Trained.Diffusion },
        StageSpec.Upcycle u => at.Left(u.After(at.Model), Add(new Payload.Upcycle(u.After(at.Model), at.Checkpoint))),
        StageSpec.FineTune f => FineTune(at, f),
        StageSpec.HeldOutLoss h => at.Measured(Add(new Payload.HeldOutLoss(
            at.Model, at.Diffusion, h.Task, at.Checkpoint, Shards(h.Dataset), h.MaxSamples, h.Draws, h.Seed))),
        StageSpec.Evaluate e => Evaluate(at, e),
        _ => throw new NotSupportedException(stage.ToString()),
    };

    Progress FineTune(Progress at, StageSpec.FineTune stage)
    {
        var model = stage.After(at.Model);
        var mixture = stage.Tasks.Map(share => new MixturePart(share.Task, share.Weight, Shards(share.Dataset))).Strict();
        var step = Add(new Payload.FineTune(model, stage.Train, mixture, at.Weights));
        return at.Left(model, step) with { Diffusion = stage.Train.Diffusion, Mixture = mixture };
    }

    Progress Evaluate(Progress at, StageSpec.Evaluate stage)
    {
        var data = Shards(stage.Dataset);
        foreach (var part in at.Mixture.Filter(part => part.Task == stage.Task))
            Add(new Payload.Baseline(stage.Task, part.Data, data, stage.MaxSamples));
        var samplers = stage.Samplers.IsEmpty ? Seq1(new SamplerSpec()) : stage.Samplers;
        return at.Measured(Add(new Payload.Evaluate(
            at.Model, at.Diffusion, stage.Task, samplers, at.Checkpoint, data, Codec(), stage.MaxSamples, stage.Seed)));
    }

    DatasetSpec Named(string dataset) => study.Spec.Datasets[dataset];

    Option<StepId> Scenes(DatasetSpec dataset) => dataset is DatasetSpec.Synthetic scenes ? Add(new Payload.Synth(scenes)) : None;

    StepId Codec()
    {
        var fitOn = study.Spec.Codec is CodecSpec.PatchPca pca ? pca.FitOn.Map(Named).Strict() : [];
        return Add(new Payload.FitCodec(study.Spec.Codec, fitOn, fitOn.Bind(dataset => Scenes(dataset).ToSeq()).Strict()));
    }

    StepId Shards(string dataset)
    {
        var codec = Codec();
        return Add(new Payload.Ingest(Named(dataset), study.Spec.Codec, codec, Scenes(Named(dataset))));
    }
}
