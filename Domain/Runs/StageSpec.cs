using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Text;
using LanguageExt;

namespace Flow.Domain.Runs;

/// <summary>One perception task's part of a fine-tuning mixture.</summary>
/// <param name="Dataset">Name of the data set that it learns from.</param>
/// <param name="Weight">Share of the samples, relative to the other tasks'.</param>
public sealed record TaskShare(PerceptionTask Task, string Dataset, double Weight = 1);

/// <summary>One stage of a run; stages follow each other on one model.</summary>
public abstract record StageSpec
{
    StageSpec() { }

    /// <summary>The model as this stage leaves it.</summary>
    public virtual ModelSpec After(ModelSpec model) => model;

    /// <summary>Trains the run's model from random weights as a generator of the data set's images.</summary>
    public sealed record Pretrain(string Dataset, TrainSpec Train) : StageSpec;

    /// <summary>Starts from weights that others have trained: a DiT's .pt or .safetensors file, of the run's model or one that it can be made from.</summary>
    /// <param name="Sha256">Of the file, 64 hexadecimal digits: what makes two imports the same.</param>
    /// <param name="Path">Where this machine keeps it; ${NAME} stands for an environment variable, and a relative path starts at the study's file.</param>
    /// <param name="Tasks">Perception tasks that the weights know already, so that they can be evaluated as they are.</param>
    /// <param name="Diffusion">The objective that they were trained with; DiT's own when none is given.</param>
    /// <param name="Steps">Optimizer steps of their training, which laws over all training count; 0 where unknown.</param>
    /// <param name="Batch">Samples of each of those steps.</param>
    public sealed record Import(
        string Sha256,
        [Unhashed] string Path = "",
        Seq<PerceptionTask> Tasks = default,
        Option<DiffusionSpec> Diffusion = default,
        int Steps = 0,
        int Batch = 256) : StageSpec
    {
        public TrainSpec Trained => new(Steps, Batch, Diffusion.IfNone(new DiffusionSpec()), new OptimSpec());
    }

    /// <summary>Turns every MLP of the dense model so far into experts that start as copies of it (facts/models.md section 3).</summary>
    /// <param name="Renormalise">Whether top-k weights are divided by their sum, which alone keeps the dense model's function at step 0.</param>
    public sealed record Upcycle(
        int Experts,
        int ActiveExperts = 2,
        bool Renormalise = false,
        double BalanceWeight = 0.01) : StageSpec
    {
        public MoeSpec Moe => new(Experts, ActiveExperts, ExpertKind.UpcycledMlp, SharedExperts: 0, Renormalise, BalanceWeight);

        public override ModelSpec After(ModelSpec model) => model with { Name = $"{model.Name} {Experts}E{ActiveExperts}A", Moe = Moe };
    }

    /// <summary>
    /// Widens the input for a condition (each slot starts with the pretrained weights over the number of slots) and trains on perception
    /// tasks. One task is a specialist; several are the generalist with one patch embedding per task.
    /// </summary>
    /// <param name="Conditioning">
    /// image-to-image (the paper: condition and noisy target) or generalist (the release: rgb, prompt, noisy target; a router when several tasks).
    /// </param>
    /// <param name="LatentSize">Side of the latents from here on, when they differ from pretraining's; positions are computed anew.</param>
    public sealed record FineTune(
        Seq<TaskShare> Tasks,
        TrainSpec Train,
        Conditioning Conditioning = Conditioning.ImageToImage,
        Option<int> LatentSize = default) : StageSpec
    {
        /// <summary>Labels that the generalist adds to the table: depth, amodal, flow dx, flow dy (facts/models.md section 0).</summary>
        public const int TaskLabels = 4;

        public override ModelSpec After(ModelSpec model) => model with
        {
            Conditioning = Conditioning,
            Classes = model.Classes + (Conditioning == Conditioning.Generalist && model.Conditioning != Conditioning.Generalist ? TaskLabels : 0),
            LatentSize = LatentSize.IfNone(model.LatentSize),
        };
    }

    /// <summary>The diffusion loss on data that was not trained on, at fixed timesteps and noise.</summary>
    /// <param name="Task">The perception task whose target is noised; none for the images themselves.</param>
    /// <param name="Draws">Noised copies of each sample, at stratified timesteps.</param>
    public sealed record HeldOutLoss(
        string Dataset,
        Option<PerceptionTask> Task = default,
        Option<int> MaxSamples = default,
        int Draws = 4,
        int Seed = 0) : StageSpec;

    /// <summary>Predicts, and scores with the task's metrics, once for each sampler.</summary>
    public sealed record Evaluate(
        PerceptionTask Task,
        string Dataset,
        Seq<SamplerSpec> Samplers = default,
        Option<int> MaxSamples = default,
        int Seed = 0) : StageSpec;
}

/// <summary>A model and what happens to it, in order.</summary>
public sealed record RunSpec(ModelSpec Model, Seq<StageSpec> Stages);
