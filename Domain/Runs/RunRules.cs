using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Text;
using LanguageExt;

namespace Flow.Domain.Runs;

/// <summary>
/// What holds for the stages of a run: each finds the model in a state it can work on, and data of a layout that has what it needs.
/// </summary>
static class RunRules
{
    public static IEnumerable<SpecError> Mistakes(RunSpec run, CodecSpec codec, HashMap<string, DatasetSpec> datasets)
    {
        if (run.Stages.IsEmpty) yield return new SpecError("run.stages", "nothing", "missing; a run has at least one stage");
        var state = new State(run.Model, false, default, new DiffusionSpec(), codec, datasets);
        foreach (var (stage, i) in run.Stages.Select((stage, i) => (stage, i)))
        {
            foreach (var mistake in Stage(stage, state, $"run.stages[{i}]")) yield return mistake;
            state = state.After(stage);
        }
    }

    /// <summary>What the stages so far have made.</summary>
    sealed record State(
        ModelSpec Model, bool Trained, Seq<PerceptionTask> Tasks, DiffusionSpec Diffusion, CodecSpec Codec, HashMap<string, DatasetSpec> Datasets)
    {
        public bool FineTuned => !Tasks.IsEmpty;

        public State After(StageSpec stage) => stage switch
        {
            StageSpec.Pretrain p => this with { Trained = true, Diffusion = p.Train.Diffusion },
            StageSpec.Import i => this with { Trained = true, Diffusion = i.Trained.Diffusion, Tasks = i.Tasks },
            StageSpec.FineTune f => this with
            {
                Model = f.After(Model),
                Trained = true,
                Diffusion = f.Train.Diffusion,
                Tasks = f.Tasks.Map(share => share.Task).Strict(),
            },
            _ => this with { Model = stage.After(Model) },
        };
    }

    static IEnumerable<SpecError> Stage(StageSpec stage, State state, string path) => stage switch
    {
        StageSpec.Pretrain pretrain => Pretrain(pretrain, state, path),
        StageSpec.Import import => Import(import, state, path),
        StageSpec.Upcycle upcycle => Upcycle(upcycle, state, path),
        StageSpec.FineTune fineTune => FineTune(fineTune, state, path),
        StageSpec.HeldOutLoss loss => HeldOutLoss(loss, state, path),
        StageSpec.Evaluate evaluate => Evaluate(evaluate, state, path),
        _ => throw new NotSupportedException(stage.ToString()),
    };

    static IEnumerable<SpecError> Pretrain(StageSpec.Pretrain stage, State state, string path) =>
    [
        .. Rules.Require(!state.Trained, path, "pretrain", "not the first stage; a trained model is fine-tuned"),
        .. Rules.Require(
            state.Model.Conditioning == Conditioning.Class, "run.model.conditioning", Kebab(state.Model.Conditioning),
            "not class: data sets to pretrain on have labels, neither captions nor conditions; a fine-tuning stage widens the input by itself"),
        .. Train(stage.Train, state.Model, path),
        .. Photographs(stage.Dataset, state, $"{path}.dataset"),
    ];

    static IEnumerable<SpecError> Import(StageSpec.Import stage, State state, string path) =>
    [
        .. Rules.Require(!state.Trained, path, "import", "not the first stage; published weights are where a run starts"),
        .. Rules.Sha256($"{path}.sha256", stage.Sha256, "not 64 hexadecimal digits, as `sha256sum FILE` prints them"),
        .. Rules.Require(stage.Path.Length > 0, $"{path}.path", "nothing", "missing; say where the file is"),
        .. Rules.Require(!state.Model.IsCaptioned, "run.model.conditioning", Kebab(state.Model.Conditioning), "not that of a DiT, whose weights can be imported"),
        .. Rules.Require(
            stage.Tasks.IsEmpty || state.Model.Conditioning is Conditioning.ImageToImage or Conditioning.Generalist,
            $"{path}.tasks", string.Join(", ", stage.Tasks.Map(Kebab)), "not what a model without a condition image knows; set model.conditioning"),
        .. Rules.Require(
            stage.Tasks.Distinct().Count == stage.Tasks.Count, $"{path}.tasks", string.Join(", ", stage.Tasks.Map(Kebab)), "not distinct; give each task once"),
        .. Rules.Require(
            state.Model.Conditioning == Conditioning.Generalist || stage.Tasks.ForAll(task => task == PerceptionTask.Depth),
            $"{path}.tasks", string.Join(", ", stage.Tasks.Map(Kebab)), "not only depth, which is all that image-to-image models know"),
        .. Rules.NotNegative($"{path}.steps", stage.Steps),
        .. Rules.Positive($"{path}.batch", stage.Batch),
        .. TrainRules.Mistakes(stage.Trained.Diffusion, $"{path}.diffusion"),
        .. Variance(stage.Trained, state.Model, $"{path}.diffusion"),
    ];

    static IEnumerable<SpecError> Upcycle(StageSpec.Upcycle stage, State state, string path) =>
    [
        .. Rules.Require(state.Trained, path, "upcycle", "before any training; it copies the experts from a trained dense model"),
        .. Rules.Require(state.Model.Moe.IsNone, path, "upcycle", "of a model that already has experts"),
        .. Model.Mistakes(stage.Moe, path),
    ];

    static IEnumerable<SpecError> FineTune(StageSpec.FineTune stage, State state, string path) =>
    [
        .. Rules.Require(!stage.Tasks.IsEmpty, $"{path}.tasks", "nothing", "missing; name at least one task"),
        .. Rules.Require(
            stage.Tasks.Map(share => share.Task).Distinct().Count == stage.Tasks.Count,
            $"{path}.tasks", string.Join(", ", stage.Tasks.Map(share => Kebab(share.Task))), "not distinct; give each task once"),
        .. Rules.Require(
            stage.Conditioning is Conditioning.ImageToImage or Conditioning.Generalist,
            $"{path}.conditioning", Kebab(stage.Conditioning), "not image-to-image or generalist"),
        .. Rules.Require(
            stage.Conditioning == Conditioning.Generalist || stage.Tasks.ForAll(share => share.Task == PerceptionTask.Depth),
            $"{path}.conditioning", Kebab(stage.Conditioning), "not generalist, which flow, amodal and mixtures need: a second image beside the condition"),
        .. Rules.Require(
            state.Model.Conditioning == Conditioning.Class || state.Model.Conditioning == stage.Conditioning,
            $"{path}.conditioning", Kebab(stage.Conditioning), $"not {Kebab(state.Model.Conditioning)}, which the model already is"),
        .. stage.LatentSize.AsEnumerable().SelectMany(size => Rules.Positive($"{path}.latentSize", size)),
        .. stage.LatentSize.AsEnumerable().SelectMany(size => Rules.Multiple($"{path}.latentSize", size, state.Model.Patch, "patch")),
        .. Train(stage.Train, state.Model, path),
        .. stage.Tasks.Select((share, i) => (share, at: $"{path}.tasks[{i}]")).SelectMany(task => (IEnumerable<SpecError>)
        [
            .. Rules.Positive($"{task.at}.weight", task.share.Weight),
            .. GroundTruth(task.share.Task, task.share.Dataset, state.After(stage), $"{task.at}.dataset"),
        ]),
    ];

    static IEnumerable<SpecError> HeldOutLoss(StageSpec.HeldOutLoss stage, State state, string path) =>
    [
        .. Rules.Require(state.Trained, path, "held-out-loss", "before any training"),
        .. Rules.Positive($"{path}.draws", stage.Draws),
        .. stage.MaxSamples.AsEnumerable().SelectMany(most => Rules.Positive($"{path}.maxSamples", most)),
        .. stage.Task.Match(
            Some: task => (IEnumerable<SpecError>)
            [
                .. Learned(task, state, $"{path}.task"),
                .. GroundTruth(task, stage.Dataset, state, $"{path}.dataset"),
            ],
            None: () =>
            [
                .. Rules.Require(!state.FineTuned, $"{path}.task", "nothing", "missing; the model has been fine-tuned for a task"),
                .. Photographs(stage.Dataset, state, $"{path}.dataset"),
            ]),
    ];

    static IEnumerable<SpecError> Evaluate(StageSpec.Evaluate stage, State state, string path) =>
    [
        .. Learned(stage.Task, state, $"{path}.task"),
        .. GroundTruth(stage.Task, stage.Dataset, state, $"{path}.dataset"),
        .. stage.MaxSamples.AsEnumerable().SelectMany(most => Rules.Positive($"{path}.maxSamples", most)),
        .. stage.Samplers.Select((sampler, i) => (sampler, i))
            .SelectMany(at => SamplerRules.Mistakes(at.sampler, stage.Task, state.Diffusion, $"{path}.samplers[{at.i}]")),
    ];

    static IEnumerable<SpecError> Train(TrainSpec train, ModelSpec model, string path) =>
    [
        .. TrainRules.Mistakes(train, $"{path}.train"),
        .. Variance(train, model, $"{path}.train.diffusion"),
    ];

    static IEnumerable<SpecError> Variance(TrainSpec train, ModelSpec model, string path) => Rules.Require(
        train.Diffusion.Loss == LossKind.Mse || model.LearnSigma,
        $"{path}.loss", Spelling.Kebab($"{train.Diffusion.Loss}"), "not possible with model.learnSigma false; use mse");

    static IEnumerable<SpecError> Learned(PerceptionTask task, State state, string path) =>
        Rules.Require(state.Tasks.Contains(task), path, Kebab(task), "a task that the model has not been fine-tuned for");

    static IEnumerable<SpecError> Photographs(string dataset, State state, string path) =>
        WithData(dataset, state, path, data => Rules.Require(
            data.Layout is DatasetLayout.Imagenet or DatasetLayout.ImagenetTar,
            path, dataset, "not of layout imagenet or imagenet-tar, whose class labels pretraining needs"));

    static IEnumerable<SpecError> GroundTruth(PerceptionTask task, string dataset, State state, string path) =>
        WithData(dataset, state, path, data => Rules.Require(
            Has(data.Layout, task), path, dataset, $"of layout {Kebab(data.Layout)}, which has no {Kebab(task)}"));

    static bool Has(DatasetLayout layout, PerceptionTask task) => (layout, task) is
        (DatasetLayout.Hypersim or DatasetLayout.HypersimMarigold, PerceptionTask.Depth)
        or (DatasetLayout.FlyingChairs, PerceptionTask.Flow)
        or (DatasetLayout.Pix2gestalt, PerceptionTask.Amodal);

    /// <summary>The data set must be known and its latents of the model's size; then what the stage asks of it.</summary>
    static IEnumerable<SpecError> WithData(string name, State state, string path, Func<DatasetSpec, IEnumerable<SpecError>> also)
    {
        var (model, codec) = (state.Model, state.Codec);
        return state.Datasets.Find(name).Match(
            None: () => [new SpecError(path, name, Spelling.Unknown(name, state.Datasets.Keys))],
            Some: data => (IEnumerable<SpecError>)
            [
                .. also(data),
                .. Rules.Require(
                    codec.Downsampling <= 0 || model.LatentSize == data.ImageSize / codec.Downsampling,
                    "run.model.latentSize", model.LatentSize, $"not the {data.ImageSize / Math.Max(1, codec.Downsampling)} of data set {name} under the codec"),
                .. Rules.Require(
                    model.LatentChannels == codec.LatentChannels,
                    "run.model.latentChannels", model.LatentChannels, $"not the codec's {codec.LatentChannels}"),
            ]);
    }

    static string Kebab<T>(T choice) where T : struct, Enum => Spelling.Kebab(choice.ToString());
}
