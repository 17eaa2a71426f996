using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Domain.Studies;
using Flow.Domain.Sweeps;
using Flow.Domain.Text;
using FsCheck;
using FsCheck.Fluent;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Tests;

/// <summary>Generators of valid specs; every field that a person may set takes more than one value (SpecLeafTests holds them to it).</summary>
static class SpecGen
{
    static Gen<T> One<T>(params T[] of) => Gen.Elements(of);

    static Gen<double> Rate(double low, double high) =>
        Gen.Choose(0, 1000).Select(i => Math.Round(low * Math.Pow(high / low, i / 1000.0), 12));

    static Gen<Option<T>> Maybe<T>(Gen<T> of) => Gen.OneOf(Gen.Constant(Option<T>.None), of.Select(value => Some(value)));

    static readonly Gen<MoeSpec> Moe =
        from experts in Gen.Choose(1, 16)
        from active in Gen.Choose(1, experts)
        from kind in One(ExpertKind.SwiGlu, ExpertKind.UpcycledMlp)
        from shared in Gen.Choose(0, 2)
        from renormalise in One(true, false)
        from balance in One(0.01, 0, 0.1)
        select new MoeSpec(experts, active, kind, kind == ExpertKind.SwiGlu ? shared : 0, renormalise, balance);

    /// <summary>Models of the codec's latents of square images.</summary>
    static Gen<ModelSpec> Model(CodecSpec codec, int size) =>
        from heads in Gen.Choose(1, 4)
        from width in Gen.Choose(1, 8)
        from depth in Gen.Choose(1, 6)
        from patch in One(1, 2, 4)
        from classes in One(6, 1000)
        from sigma in One(true, false)
        from dropout in One(0, 0.1, 0.25)
        from mlp in One(4, 2, 2.5)
        from name in One("m", "n")
        from moe in Maybe(Moe)
        select new ModelSpec(name, 4 * heads * width, depth, heads, patch, size / codec.Downsampling, codec.LatentChannels, Classes: classes, ClassDropout: dropout, LearnSigma: sigma, MlpRatio: mlp, Moe: moe);

    /// <summary>Models with captions can be built and counted, but no data set of a study carries captions.</summary>
    public static readonly Arbitrary<ModelSpec> Captioned = (
        from model in Model(new CodecSpec.AutoencoderKl("sd-vae"), 256)
        from conditioning in One(Conditioning.CaptionInContext, Conditioning.CaptionCrossAttention)
        from tokens in Gen.Choose(1, 77)
        from width in One(768, 512)
        select model with { Conditioning = conditioning, Caption = new CaptionSpec(tokens, width) }).ToArbitrary();

    static readonly Gen<OptimSpec> Optim =
        from lr in Rate(1e-6, 1e-1)
        from decay in One(true, false)
        from warmup in Gen.Choose(0, 50)
        from weights in One(0, 0.01)
        from beta1 in One(0.9, 0.95)
        from beta2 in One(0.999, 0.99)
        from epsilon in One(1e-8, 1e-6)
        from clip in Maybe(Rate(0.1, 10))
        from ema in One(0, 0.9, 0.9999)
        from ramp in One(true, false)
        select new OptimSpec(lr, decay ? LrSchedule.ExponentialDecay : LrSchedule.Constant, decay ? lr / 100 : 0, warmup, weights, beta1, beta2, epsilon, clip, ema, ramp);

    static Gen<DiffusionSpec> Diffusion(bool sigma) =>
        from schedule in One(BetaSchedule.Linear, BetaSchedule.ScaledLinear, BetaSchedule.Cosine)
        from target in One(PredictionTarget.Eps, PredictionTarget.X0, PredictionTarget.V, PredictionTarget.RectifiedFlow)
        from loss in sigma && target != PredictionTarget.RectifiedFlow ? One(Enum.GetValues<LossKind>()) : One(LossKind.Mse)
        from timesteps in One(1000, 500)
        select new DiffusionSpec(schedule, target, loss, timesteps);

    static Gen<TrainSpec> Train(bool sigma) =>
        from steps in Gen.Choose(1, 2000)
        from micro in Gen.Choose(1, 8)
        from times in Gen.Choose(1, 8)
        from split in One(true, false)
        from diffusion in Diffusion(sigma)
        from optim in Optim
        from flip in One(true, false)
        from seed in Gen.Choose(0, 3)
        from precision in One(Enum.GetValues<Precision>())
        select new TrainSpec(steps, micro * times, diffusion, optim, flip, split ? Some(micro) : None, seed, precision);

    static Gen<SamplerSpec> Sampler(PerceptionTask task, PredictionTarget target) =>
        from steps in Gen.Choose(1, 100)
        from members in Gen.Choose(1, 20)
        from eta in One(0, 0.5, 1)
        from spacing in One(TimestepSpacing.Trailing, TimestepSpacing.Leading, TimestepSpacing.Linspace)
        from reduction in task == PerceptionTask.Depth ? One(Enum.GetValues<EnsembleReduction>()) : One(EnsembleReduction.Mean, EnsembleReduction.Median)
        from guidance in One(1, 1.5)
        from kind in target == PredictionTarget.RectifiedFlow ? One(SamplerKind.Ddim, SamplerKind.Euler, SamplerKind.Heun) : One(SamplerKind.Ddim, SamplerKind.Ddpm)
        from all in One(true, false)
        from clip in Maybe(One(1, 2.5))
        from schedule in target == PredictionTarget.RectifiedFlow ? Gen.Constant(Option<BetaSchedule>.None) : Maybe(One(Enum.GetValues<BetaSchedule>()))
        select new SamplerSpec(steps, members, eta, spacing, reduction, guidance, kind, all, clip, schedule);

    static Gen<Seq<T>> Several<T>(Gen<T> of, int least, int most) =>
        from count in Gen.Choose(least, most)
        from items in of.ArrayOf(count)
        select items.ToSeq().Strict();

    static Gen<StageSpec> Evaluation(PerceptionTask task, string dataset, PredictionTarget target) => Gen.OneOf(
        from samplers in Several(Sampler(task, target), 0, 3)
        from most in Maybe(Gen.Choose(1, 100))
        from seed in Gen.Choose(0, 3)
        select (StageSpec)new StageSpec.Evaluate(task, dataset, samplers, most, seed),
        HeldOut(dataset, task));

    static Gen<StageSpec> HeldOut(string dataset, Option<PerceptionTask> task) =>
        from most in Maybe(Gen.Choose(1, 100))
        from draws in Gen.Choose(1, 4)
        from seed in Gen.Choose(0, 3)
        select (StageSpec)new StageSpec.HeldOutLoss(dataset, task, most, draws, seed);

    static readonly Gen<StageSpec> Upcycle =
        from experts in Gen.Choose(2, 16)
        from active in Gen.Choose(1, 2)
        from renormalise in One(true, false)
        from balance in One(0.01, 0)
        select (StageSpec)new StageSpec.Upcycle(experts, active, renormalise, balance);

    static Gen<StageSpec.Import> Import(ModelSpec model, Seq<PerceptionTask> tasks) =>
        from digit in One('0', 'e')
        from path in One("weights/dit.pt", "${FLOW_DIT}")
        from known in Diffusion(model.LearnSigma)
        from silent in One(true, false)
        from steps in One(0, 7_000_000)
        from batch in One(256, 1024)
        select new StageSpec.Import(new string(digit, 64), path, tasks, silent && model.LearnSigma ? None : Some(known), steps, batch);

    static readonly (PerceptionTask Task, string Data)[] Tasks =
        [(PerceptionTask.Depth, "depth"), (PerceptionTask.Flow, "flow"), (PerceptionTask.Amodal, "amodal")];

    /// <summary>Published weights that know perception tasks, measured as they are.</summary>
    static Gen<RunSpec> Published(ModelSpec dense) =>
        from wide in One(true, false)
        from tasks in wide ? Gen.Choose(1, 3) : Gen.Constant(1)
        from first in wide ? Gen.Choose(0, 2) : Gen.Constant(0)
        let model = dense with { Conditioning = wide ? Conditioning.Generalist : Conditioning.ImageToImage }
        let known = Range(0, tasks).Map(i => Tasks[(first + i) % 3]).ToSeq().Strict()
        from weights in Import(model, known.Map(task => task.Task).Strict())
        from measured in Evaluation(known.Head.Task, known.Head.Data, weights.Trained.Diffusion.Target)
        select new RunSpec(model, Seq(weights, measured));

    /// <summary>Pretraining, published weights or neither, upcycling or none, one to three tasks, evaluations; or pretraining alone.</summary>
    static Gen<Seq<StageSpec>> Stages(ModelSpec model) =>
        from pretrain in Train(model.LearnSigma)
        from photos in One("photos", "photos", "shards")
        from pretrained in One(true, true, true, false)
        from imported in One(true, false)
        from published in Import(model, [])
        from heldOut in HeldOut("photos", None)
        from upcycled in One(true, false)
        from upcycle in Upcycle
        from tasks in Gen.Choose(pretrained ? 0 : 1, 3)
        from first in Gen.Choose(0, 2)
        from train in Train(model.LearnSigma)
        from wide in One(true, false)
        from weight in One(1, 2.5)
        from resized in One(true, false)
        let chosen = Range(0, tasks).Map(i => Tasks[(first + i) % 3]).ToSeq().Strict()
        let depthAlone = chosen.Count == 1 && chosen.Head.Task == PerceptionTask.Depth
        from evaluations in chosen.Fold(Gen.Constant(Seq<StageSpec>()), (all, task) =>
            from before in all
            from next in Evaluation(task.Task, task.Data, train.Diffusion.Target)
            select before.Add(next))
        select Seq<StageSpec>()
            .Concat(pretrained ? Seq1<StageSpec>(new StageSpec.Pretrain(photos, pretrain)) : [])
            .Concat(!pretrained && imported ? Seq1<StageSpec>(published) : [])
            .Concat(pretrained || imported ? Seq1(heldOut) : [])
            .Concat((pretrained || imported) && upcycled && model.Moe.IsNone ? Seq1(upcycle) : [])
            .Concat(tasks == 0 ? [] : Seq1<StageSpec>(new StageSpec.FineTune(
                chosen.Map(task => new TaskShare(task.Task, task.Data, weight)).Strict(),
                train,
                depthAlone && !wide ? Conditioning.ImageToImage : Conditioning.Generalist,
                resized ? Some(model.LatentSize) : None)))
            .Concat(evaluations).Strict();

    static Gen<RunSpec> Run(CodecSpec codec, int size) =>
        from model in Model(codec, size)
        from run in Gen.Frequency(
            (9, Stages(model).Select(stages => new RunSpec(model, stages))),
            (1, Published(model)))
        select run;

    static readonly Gen<AxisSpec> Axis = Gen.OneOf(
        Gen.Constant<AxisSpec>(new AxisSpec.Values("model.depth", Seq<Json>(new Json.Number(2), new Json.Number(3)))),
        Gen.Constant<AxisSpec>(new AxisSpec.Values("model.classDropout", Seq<Json>(new Json.Number(0), new Json.Number(0.2)))),
        Gen.Constant<AxisSpec>(new AxisSpec.Values("model", Seq<Json>(new Json.Text("tiny-d48-l2"), new Json.Text("tiny-d64-l2")))),
        Gen.Choose(1, 9).Select(i => (AxisSpec)new AxisSpec.Branches(Seq(
            new Branch("short", HashMap<string, Json>(("model.depth", new Json.Number(i)))), new Branch("as it is")))),
        Evaluation(PerceptionTask.Depth, "depth", PredictionTarget.Eps).Select(stage => (AxisSpec)new AxisSpec.Branches(Seq(
            new Branch("", Then: Seq1(stage)), new Branch("unmeasured", HashMap<string, Json>(("model.heads", new Json.Number(1))))))),
        from macs in One(1e12, 3e12)
        from least in One(1, 2)
        from most in One(int.MaxValue, 100_000_000)
        from stage in One(0, 0, 0, 1, 2)
        select (AxisSpec)new AxisSpec.Budgets(Seq(macs, 2 * macs), stage, least, most));

    /// <summary>Only for random sweeps.</summary>
    static readonly Gen<AxisSpec> Drawn =
        from path in One("stages[0].train.optim.weightDecay", "stages[0].train.optim.epsilon")
        from low in One(1e-6, 1e-4)
        from log in One(true, false)
        from width in One(10, 100)
        select (AxisSpec)new AxisSpec.Range(path, low, low * width, log);

    static readonly Gen<RandomSpec> Random = from trials in Gen.Choose(1, 4) from seed in Gen.Choose(0, 3) select new RandomSpec(trials, seed);

    static Gen<Option<HalvingSpec>> Halving(RunSpec run) =>
        from wanted in One(true, false, false)
        from first in Gen.Choose(1, 20)
        from keep in One(2, 3)
        from metric in One(run.Stages.Bind(Measured).Map(measured => measured.Y).ToArray())
        let training = run.Stages.Map((i, stage) => (i, stage)).Filter(at => at.stage is StageSpec.Pretrain or StageSpec.FineTune).Map(at => at.i).LastOrNone()
        select training.Filter(_ => wanted).Map(stage => new HalvingSpec(Seq(first, 3 * first), keep, stage, metric));

    static Gen<Option<ForecastSpec>> Forecast(RunSpec run) =>
        from wanted in One(true, false, false)
        from macs in One(1e13, 2e13)
        from label in One("larger", "")
        from depth in Gen.Choose(1, 6)
        from measured in One(run.Stages.Bind(Measured).ToArray())
        let training = run.Stages.Map((i, stage) => (i, stage)).Filter(at => at.stage is StageSpec.Pretrain or StageSpec.FineTune).Map(at => at.i).LastOrNone()
        select training.Filter(_ => wanted).Map(stage => new ForecastSpec(macs, new Branch(label, HashMap<string, Json>(("model.depth", new Json.Number(depth)))), measured.Y, measured.Task, stage));

    static Gen<FitSpec> Fit(RunSpec run) =>
        from measured in One(run.Stages.Bind(Measured).ToArray())
        from sampled in One(true, false)
        let samplers = run.Stages.OfType<StageSpec.Evaluate>().Where(stage => Some(stage.Task) == measured.Task && measured.Y is not (Metric.Loss or Metric.TrainLoss))
            .SelectMany(stage => stage.Samplers.IsEmpty ? Seq1(new SamplerSpec()) : stage.Samplers).ToArray()
        from x in One(Enum.GetValues<FitAxis>().Where(axis => samplers.Length > 0 || axis is not (FitAxis.SamplerSteps or FitAxis.Ensemble or FitAxis.InferenceMacs)).ToArray())
        from form in One(Enum.GetValues<LawForm>())
        from each in One(true, false)
        from expected in Maybe(Rate(0.01, 1))
        from within in Maybe(Rate(0.01, 1))
        from nearest in Maybe(Gen.Choose(3, 7))
        let one = sampled && samplers.Length > 0 ? Some(samplers[0]) : None
        select new FitSpec(measured.Y, x, form, each, measured.Task, one.Map(sampler => sampler.Steps), one.Map(sampler => sampler.Ensemble), expected, within, nearest);

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

    static readonly Gen<CodecSpec> Codec = Gen.OneOf(
        from downsample in One(8, 4)
        from channels in One(8, 4)
        from margin in Gen.Choose(0, 2)
        from scale in One(2, 1.5)
        from samples in Gen.Choose(1, 2000)
        from fitOn in One(Seq("photos", "depth"), Seq1("photos"))
        select (CodecSpec)new CodecSpec.PatchPca(downsample, channels, margin, scale, fitOn, samples),
        from name in One("sd-vae-ft-mse", "sd-vae-ft-ema")
        from path in One("", "/weights/vae.safetensors")
        from scale in One(0.18215, 0.2)
        select (CodecSpec)new CodecSpec.AutoencoderKl(name, path, scale));

    static Gen<HashMap<string, DatasetSpec>> Datasets(int size) =>
        from scenes in Gen.Choose(1, 5000)
        from seed in Gen.Choose(0, 3)
        from offset in One(0, 1_000_000)
        from limit in Maybe(Gen.Choose(1, 100))
        from samples in Maybe(Gen.Choose(1, 30_000))
        from split in One(Enum.GetValues<DatasetSplit>())
        from content in One("p2g", "whole objects, cleaned")
        from hex in One('7', 'a')
        from address in One("s3://bucket/shards/", "/data/shards")
        from layout in One(DatasetLayout.Imagenet, DatasetLayout.ImagenetTar)
        select HashMap<string, DatasetSpec>(
            ("photos", new DatasetSpec.Synthetic(DatasetLayout.Imagenet, scenes, size)),
            ("depth", new DatasetSpec.Synthetic(DatasetLayout.Hypersim, scenes, size, seed, offset)),
            ("flow", new DatasetSpec.Folder(DatasetLayout.FlyingChairs, "/data/chairs", "chairs", split, size, limit)),
            ("amodal", new DatasetSpec.Folder(DatasetLayout.Pix2gestalt, "/data/p2g", content, Size: size, Samples: samples)),
            ("shards", new DatasetSpec.Shards(layout, address, new string(hex, 64), size, samples)));

    /// <summary>Some of them fail validation, where axes, rungs and forecasts do not go together.</summary>
    static readonly Gen<StudySpec> Any =
        from codec in Codec
        from size in One(64, 64, 128)
        from datasets in Datasets(size)
        from run in Run(codec, size)
        from random in Maybe(Random)
        from axes in random.IsSome ? Several(Drawn, 1, 2) : Several(Axis, 0, 2)
        from fits in Several(Fit(run), 0, 2)
        from halving in Halving(run)
        from forecast in Forecast(run)
        from claim in One("", "it falls")
        from source in One("", "a paper")
        from cost in One("", "an hour")
        from command in One("", "./flow study run study")
        from notes in One("", "a note", "naïve \"quoted\" ∑")
        from name in One("study", "another")
        select new StudySpec(name, codec, datasets, run, axes, fits, random, halving, halving.IsSome ? None : forecast, claim, source, cost, command, notes);

    public static readonly Arbitrary<Study> Studies =
        Any.Select(spec => Study.From(spec).ToOption()).Where(study => study.IsSome)
            .Select(study => study.IfNone(() => throw new InvalidOperationException())).ToArbitrary();
}
