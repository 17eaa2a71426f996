using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Domain.Studies;
using Flow.Domain.Text;
using FsCheck;
using FsCheck.Fluent;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Tests;

/// <summary>Generators of valid specs; every field that a person may set takes more than one value.</summary>
static class SpecGen
{
    static Gen<T> One<T>(params T[] of) => Gen.Elements(of);

    static Gen<double> Rate(double low, double high) =>
        Gen.Choose(0, 1000).Select(i => Math.Round(low * Math.Pow(high / low, i / 1000.0), 12));

    static Gen<Option<T>> Maybe<T>(Gen<T> of) => Gen.OneOf(Gen.Constant(Option<T>.None), of.Select(value => Some(value)));

    static readonly Gen<MoeSpec> Moe =
        from experts in Gen.Choose(1, 16)
        from active in Gen.Choose(1, experts)
        from shared in Gen.Choose(0, 2)
        from renormalise in One(true, false)
        select new MoeSpec(experts, active, SharedExperts: shared, Renormalise: renormalise);

    /// <summary>Models of 8x8x8 latents, the codec's of <see cref="Study"/>.</summary>
    public static readonly Gen<ModelSpec> Model =
        from heads in Gen.Choose(1, 4)
        from width in Gen.Choose(1, 8)
        from depth in Gen.Choose(1, 6)
        from patch in One(1, 2, 4)
        from sigma in One(true, false)
        from dropout in One(0, 0.1, 0.25)
        from name in One("m", "n")
        from moe in Maybe(Moe)
        select new ModelSpec(name, 4 * heads * width, depth, heads, patch, 8, 8, Classes: 6, ClassDropout: dropout, LearnSigma: sigma, Moe: moe);

    static readonly Gen<OptimSpec> Optim =
        from lr in Rate(1e-6, 1e-1)
        from decay in One(true, false)
        from warmup in Gen.Choose(0, 50)
        from clip in Maybe(Rate(0.1, 10))
        from ema in One(0, 0.9, 0.9999)
        from ramp in One(true, false)
        select new OptimSpec(lr, decay ? LrSchedule.ExponentialDecay : LrSchedule.Constant, decay ? lr / 100 : 0, warmup, ClipNorm: clip, EmaDecay: ema, EmaRamp: ramp);

    static Gen<DiffusionSpec> Diffusion(bool sigma) =>
        from schedule in One(BetaSchedule.Linear, BetaSchedule.ScaledLinear, BetaSchedule.Cosine)
        from target in One(PredictionTarget.Eps, PredictionTarget.X0, PredictionTarget.V, PredictionTarget.RectifiedFlow)
        from loss in sigma && target != PredictionTarget.RectifiedFlow ? One(LossKind.Mse, LossKind.Hybrid) : One(LossKind.Mse)
        select new DiffusionSpec(schedule, target, loss);

    static Gen<TrainSpec> Train(bool sigma) =>
        from steps in Gen.Choose(1, 2000)
        from micro in Gen.Choose(1, 8)
        from times in Gen.Choose(1, 8)
        from split in One(true, false)
        from diffusion in Diffusion(sigma)
        from optim in Optim
        from flip in One(true, false)
        from seed in Gen.Choose(0, 3)
        select new TrainSpec(steps, micro * times, diffusion, optim, flip, split ? Some(micro) : None, seed);

    static readonly Gen<SamplerSpec> Sampler =
        from steps in Gen.Choose(1, 100)
        from members in Gen.Choose(1, 20)
        from eta in One(0, 0.5, 1)
        from spacing in One(TimestepSpacing.Trailing, TimestepSpacing.Leading, TimestepSpacing.Linspace)
        from reduction in One(EnsembleReduction.Mean, EnsembleReduction.Median, EnsembleReduction.AlignedMedian)
        select new SamplerSpec(steps, members, eta, spacing, reduction);

    static Gen<Seq<T>> Several<T>(Gen<T> of, int least, int most) =>
        from count in Gen.Choose(least, most)
        from items in of.ArrayOf(count)
        select items.ToSeq().Strict();

    static Gen<StageSpec> Evaluation(PerceptionTask task, string dataset) => Gen.OneOf(
        from samplers in Several(Sampler, 0, 3)
        from most in Maybe(Gen.Choose(1, 100))
        select (StageSpec)new StageSpec.Evaluate(task, dataset, samplers, most),
        from draws in Gen.Choose(1, 4)
        select (StageSpec)new StageSpec.HeldOutLoss(dataset, task, Draws: draws));

    static readonly (PerceptionTask Task, string Data)[] Tasks =
        [(PerceptionTask.Depth, "depth"), (PerceptionTask.Flow, "flow"), (PerceptionTask.Amodal, "amodal")];

    /// <summary>Pretraining or none, upcycling or none, one to three tasks, evaluations; or pretraining alone.</summary>
    static Gen<Seq<StageSpec>> Stages(ModelSpec model) =>
        from pretrain in Train(model.LearnSigma)
        from pretrained in One(true, true, true, false)
        from upcycle in One(true, false)
        from tasks in Gen.Choose(pretrained ? 0 : 1, 3)
        from first in Gen.Choose(0, 2)
        from train in Train(model.LearnSigma)
        from wide in One(true, false)
        from weight in One(1, 2.5)
        let chosen = Range(0, tasks).Map(i => Tasks[(first + i) % 3]).ToSeq().Strict()
        let depthAlone = chosen.Count == 1 && chosen.Head.Task == PerceptionTask.Depth
        from evaluations in chosen.Fold(Gen.Constant(Seq<StageSpec>()), (all, task) =>
            from before in all
            from next in Evaluation(task.Task, task.Data)
            select before.Add(next))
        select Seq<StageSpec>()
            .Concat(pretrained ? Seq1<StageSpec>(new StageSpec.Pretrain("photos", pretrain)) : [])
            .Concat(pretrained ? Seq1<StageSpec>(new StageSpec.HeldOutLoss("photos")) : [])
            .Concat(pretrained && upcycle && model.Moe.IsNone ? Seq1<StageSpec>(new StageSpec.Upcycle(4)) : [])
            .Concat(tasks == 0 ? [] : Seq1<StageSpec>(new StageSpec.FineTune(
                chosen.Map(task => new TaskShare(task.Task, task.Data, weight)).Strict(),
                train,
                depthAlone && !wide ? Conditioning.ImageToImage : Conditioning.Generalist)))
            .Concat(evaluations).Strict();

    static readonly Gen<RunSpec> Run =
        from model in Model
        from stages in Stages(model)
        select new RunSpec(model, stages);

    static readonly Gen<AxisSpec> Axis = Gen.OneOf(
        Gen.Constant<AxisSpec>(new AxisSpec.Values("model.depth", Seq<Json>(new Json.Number(2), new Json.Number(3)))),
        Gen.Constant<AxisSpec>(new AxisSpec.Values("model.classDropout", Seq<Json>(new Json.Number(0), new Json.Number(0.2)))),
        Gen.Constant<AxisSpec>(new AxisSpec.Values("model", Seq<Json>(new Json.Text("tiny-d48-l2"), new Json.Text("tiny-d64-l2")))),
        Gen.Choose(1, 9).Select(i => (AxisSpec)new AxisSpec.Branches(Seq(
            new Branch("short", HashMap<string, Json>(("model.depth", new Json.Number(i)))), new Branch("as it is")))));

    static Gen<FitSpec> Fit(RunSpec run) =>
        from measured in One(run.Stages.Bind(Measured).ToArray())
        from x in One(Enum.GetValues<FitAxis>())
        from form in One(Enum.GetValues<LawForm>())
        from expected in Maybe(Rate(0.01, 1))
        select new FitSpec(measured.Y, x, form, Task: measured.Task, Expected: expected);

    static Seq<(Metric Y, Option<PerceptionTask> Task)> Measured(StageSpec stage) => stage switch
    {
        StageSpec.Pretrain => Seq1((Metric.TrainLoss, Option<PerceptionTask>.None)),
        StageSpec.FineTune f => f.Tasks.Map(share => (Metric.TrainLoss, Option<PerceptionTask>.Some(share.Task))),
        StageSpec.HeldOutLoss h => Seq1((Metric.Loss, h.Task)),
        StageSpec.Evaluate { Task: PerceptionTask.Depth } => Seq1((Metric.Absrel, Option<PerceptionTask>.Some(PerceptionTask.Depth))),
        StageSpec.Evaluate { Task: PerceptionTask.Flow } => Seq1((Metric.Epe, Option<PerceptionTask>.Some(PerceptionTask.Flow))),
        StageSpec.Evaluate { Task: PerceptionTask.Amodal } => Seq1((Metric.IouError, Option<PerceptionTask>.Some(PerceptionTask.Amodal))),
        _ => [],
    };

    /// <summary>Studies that may fail validation where an axis names a model without learned sigma under a hybrid loss.</summary>
    static readonly Gen<StudySpec> Any =
        from run in Run
        from axes in Several(Axis, 0, 2)
        from fits in Several(Fit(run), 0, 2)
        from scenes in Gen.Choose(1, 5000)
        from limit in Maybe(Gen.Choose(1, 100))
        from margin in Gen.Choose(0, 4)
        from notes in One("", "a note", "naïve \"quoted\" ∑")
        select new StudySpec(
            "study",
            new CodecSpec.PatchPca(8, 8, margin, FitOn: Seq("photos", "depth")),
            HashMap<string, DatasetSpec>(
                ("photos", new DatasetSpec.Synthetic(DatasetLayout.Imagenet, scenes)),
                ("depth", new DatasetSpec.Synthetic(DatasetLayout.Hypersim, scenes, Seed: 1)),
                ("flow", new DatasetSpec.Folder(DatasetLayout.FlyingChairs, "/data/chairs", "chairs", DatasetSplit.Train, 64, limit)),
                ("amodal", new DatasetSpec.Folder(DatasetLayout.Pix2gestalt, "/data/p2g", "p2g", Size: 64)),
                ("shards", new DatasetSpec.Shards(DatasetLayout.Imagenet, "s3://bucket/shards/", new string('7', 64), 64, limit))),
            run, axes, fits, Notes: notes);

    public static readonly Arbitrary<Study> Studies =
        Any.Select(spec => Study.From(spec).ToOption()).Where(study => study.IsSome)
            .Select(study => study.IfNone(() => throw new InvalidOperationException())).ToArbitrary();
}
