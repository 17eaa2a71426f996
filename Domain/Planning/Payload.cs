using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Domain.Studies;
using Flow.Domain.Text;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Planning;

/// <summary>The kinds of steps, in the order in which a study meets them.</summary>
public enum StepKind
{
    Synth,
    FitCodec,
    Ingest,
    Pretrain,
    Import,
    Upcycle,
    FineTune,
    HeldOutLoss,
    Evaluate,
    Baseline,
    Fit,
    Forecast,
    Verdict,
    Report,
}

/// <summary>A task's part of a fine-tuning mixture, with the shards that it reads.</summary>
public sealed record MixturePart(PerceptionTask Task, double Weight, StepId Data);

/// <summary>The steps that measured a run, for the report's tables.</summary>
public sealed record ReportedRun([Unhashed] string Label, [Unhashed] string Model, Seq<StepId> Steps);

/// <summary>
/// What a step does, as values; a step that it reads appears as that step's name. Everything here that is not marked Unhashed enters the
/// step's name, and nothing else does.
/// </summary>
public abstract record Payload
{
    Payload() { }

    /// <summary>The steps that it reads, in the order of its fields.</summary>
    public abstract Seq<StepId> Inputs { get; }

    public StepKind Kind => Enum.Parse<StepKind>(GetType().Name);

    /// <summary>Renders scenes into a layout on disk.</summary>
    public sealed record Synth(DatasetSpec.Synthetic Scenes) : Payload
    {
        public override Seq<StepId> Inputs => [];
    }

    /// <summary>Fits the embedded codec, or brings in an autoencoder's published weights.</summary>
    /// <param name="FitOn">Data sets that it reads; those rendered are found in <paramref name="Scenes"/> by their kind.</param>
    /// <param name="Scenes">Synth steps of the rendered ones, in the same order.</param>
    public sealed record FitCodec(CodecSpec Codec, Seq<DatasetSpec> FitOn, Seq<StepId> Scenes) : Payload
    {
        public override Seq<StepId> Inputs => Scenes;
    }

    /// <summary>Encodes a data set into latent shards.</summary>
    /// <param name="Scenes">The Synth step of a rendered data set; none for one on disk.</param>
    public sealed record Ingest(DatasetSpec Dataset, CodecSpec Codec, StepId CodecStep, Option<StepId> Scenes) : Payload
    {
        public override Seq<StepId> Inputs => CodecStep.Cons(Scenes.ToSeq());
    }

    /// <summary>Trains a model from random weights on images.</summary>
    /// <param name="Prefix">
    /// A step that is the beginning of this one (same training, fewer steps): start from its last checkpoint. Not hashed, because resumed
    /// training gives the same weights, bit for bit.
    /// </param>
    public sealed record Pretrain(ModelSpec Model, TrainSpec Train, StepId Data, [Unhashed] Option<StepId> Prefix = default) : Payload
    {
        public override Seq<StepId> Inputs => Data.Cons(Prefix.ToSeq());
    }

    /// <summary>Brings in published weights as a model.</summary>
    /// <param name="Model">The run's model, which the weights are made to fit.</param>
    /// <param name="Trained">What is known of their training.</param>
    public sealed record Import(
        ModelSpec Model, string Sha256, Seq<PerceptionTask> Tasks, TrainSpec Trained, [Unhashed] string Path) : Payload
    {
        public override Seq<StepId> Inputs => [];
    }

    /// <summary>Copies a dense model's MLPs into experts.</summary>
    /// <param name="Model">The model with experts.</param>
    /// <param name="From">The step that left the dense model.</param>
    public sealed record Upcycle(ModelSpec Model, StepId From) : Payload
    {
        public override Seq<StepId> Inputs => Seq1(From);
    }

    /// <summary>Widens the input, unless the model has it already, and trains on perception tasks.</summary>
    /// <param name="Model">The widened model.</param>
    /// <param name="From">The step that left the model so far; none to start from random weights.</param>
    /// <param name="Prefix">As in <see cref="Pretrain"/>.</param>
    public sealed record FineTune(
        ModelSpec Model,
        TrainSpec Train,
        Seq<MixturePart> Mixture,
        Option<StepId> From,
        [Unhashed] Option<StepId> Prefix = default) : Payload
    {
        public override Seq<StepId> Inputs => Mixture.Map(part => part.Data).Concat(From.ToSeq()).Concat(Prefix.ToSeq()).Distinct().ToSeq().Strict();
    }

    /// <summary>Measures the diffusion loss on held-out data.</summary>
    public sealed record HeldOutLoss(
        ModelSpec Model,
        DiffusionSpec Diffusion,
        Option<PerceptionTask> Task,
        StepId Checkpoint,
        StepId Data,
        Option<int> MaxSamples,
        int Draws,
        int Seed) : Payload
    {
        public override Seq<StepId> Inputs => Seq(Checkpoint, Data);
    }

    /// <summary>Predicts with each sampler, decodes, and scores.</summary>
    public sealed record Evaluate(
        ModelSpec Model,
        DiffusionSpec Diffusion,
        PerceptionTask Task,
        Seq<SamplerSpec> Samplers,
        StepId Checkpoint,
        StepId Data,
        StepId CodecStep,
        Option<int> MaxSamples,
        int Seed) : Payload
    {
        public override Seq<StepId> Inputs => Seq(Checkpoint, Data, CodecStep);
    }

    /// <summary>Scores predictions that never look at the image: a constant, and the training set's mean map.</summary>
    public sealed record Baseline(PerceptionTask Task, StepId Training, StepId Data, Option<int> MaxSamples) : Payload
    {
        public override Seq<StepId> Inputs => Training == Data ? Seq1(Data) : Seq(Training, Data);
    }

    /// <summary>Fits a law over the rows of the measuring steps.</summary>
    public sealed record Fit(FitSpec Spec, Seq<StepId> Rows) : Payload
    {
        public override Seq<StepId> Inputs => Rows;
    }

    /// <summary>Predicts a run that has not been trained from the rows of those that have.</summary>
    /// <param name="Model">Its model.</param>
    /// <param name="Train">Its training stage.</param>
    /// <param name="Rows">Which metric.</param>
    /// <param name="From">The steps that measured it.</param>
    public sealed record Forecast(ModelSpec Model, TrainSpec Train, FitSpec Rows, Seq<StepId> From) : Payload
    {
        public override Seq<StepId> Inputs => From;
    }

    /// <summary>Holds a forecast against what was measured afterwards.</summary>
    /// <param name="Prediction">The stored prediction.</param>
    /// <param name="Truth">The step that measured the run.</param>
    public sealed record Verdict(StepId Prediction, StepId Truth) : Payload
    {
        public override Seq<StepId> Inputs => Seq(Prediction, Truth);
    }

    /// <summary>Draws tables, curves, pictures and laws into one page.</summary>
    public sealed record Report(Seq<ReportedRun> Runs, Seq<StepId> Baselines, Seq<StepId> Fits, Option<StepId> Outcome = default) : Payload
    {
        public override Seq<StepId> Inputs =>
            Runs.Bind(run => run.Steps).Concat(Baselines).Concat(Fits).Concat(Outcome.ToSeq()).Distinct().ToSeq().Strict();
    }
}
