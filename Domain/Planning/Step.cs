using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Flow.Domain.Runs;
using Flow.Domain.Text;
using LanguageExt;

namespace Flow.Domain.Planning;

/// <summary>One node of a plan: something to do once, whose result never changes.</summary>
/// <param name="Name">The hash of its meaning; also the name of its directory.</param>
/// <param name="Label">For people.</param>
public sealed record Step(StepId Name, Payload Payload, string Label)
{
    public StepKind Kind => Payload.Kind;

    /// <summary>
    /// A step whose result must be stored before this one begins, though this one does not read it: a prediction must not know the truth. Not part of the name.
    /// </summary>
    public Option<StepId> After { get; init; }

    /// <summary>The steps that must be finished before this one begins.</summary>
    public Seq<StepId> Inputs => Payload.Inputs.Concat(After.ToSeq()).Strict();

    /// <summary>The step that a payload makes.</summary>
    public static Step Of(Payload payload) => new(Identity(payload), payload, Describe(payload));

    /// <summary>Raised when what a kind of step computes from the same fields changes; every finished step of the kind is then run again.</summary>
    public static int Revision(Payload payload) => payload switch
    {
        Payload.Fit => 3, // the compute of predictions with guidance, or with two passes a step
        Payload.Evaluate => 3, // depth after median alignment, too
        Payload.HeldOutLoss => 2, // losses by tenths of the time range, the bound in bits per dimension
        Payload.Report => 2, // every sampler of a run in a table
        Payload.Baseline => 3, // depth after median alignment, too
        Payload.Ingest { Dataset.Layout: Data.DatasetLayout.Pix2gestalt } => 2, // the visible mask beside the truth
        Payload.Ingest { Dataset.Layout: Data.DatasetLayout.Hypersim } => 2, // the mask of valid pixels is the prompt of a generalist
        _ => 1,
    };

    static StepId Identity(Payload payload)
    {
        var meaning = Json.Of(
            ("revision", new Json.Number(Revision(payload))),
            ("step", SpecWriter.Meaning(payload)));
        return new StepId(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalText.Of(meaning)))));
    }

    static string Describe(Payload payload) => payload switch
    {
        Payload.Synth p => $"render {p.Scenes.Scenes} scenes, {Kebab(p.Scenes.Layout)}",
        Payload.FitCodec p => $"codec {SpecShape.CaseName(p.Codec.GetType())}",
        Payload.Ingest { Dataset: Data.DatasetSpec.Shards shards } => $"shards {shards.Content[..12]} of {Kebab(shards.Layout)}",
        Payload.Ingest p => $"encode {Source(p)}",
        Payload.Pretrain p => $"pretrain {p.Model.Name}, {Steps(p.Train)}",
        Payload.Import p => $"import {p.Model.Name}, sha256 {p.Sha256[..12]}",
        Payload.Upcycle p => $"upcycle to {p.Model.Name}",
        Payload.FineTune p => $"fine-tune {p.Model.Name} on {string.Join(", ", p.Mixture.Map(part => Kebab(part.Task)))}, {Steps(p.Train)}",
        Payload.HeldOutLoss p => $"held-out loss of {p.Model.Name}",
        Payload.Evaluate p => $"evaluate {Kebab(p.Task)} of {p.Model.Name}, {p.Samplers.Count} samplers",
        Payload.Baseline p => $"baselines of {Kebab(p.Task)}",
        Payload.Fit p => $"fit {Kebab(p.Spec.Form)} of {Kebab(p.Spec.Y)} against {Kebab(p.Spec.X)}",
        Payload.Forecast p => $"forecast {Kebab(p.Rows.Y)} of {p.Model.Name}, {Steps(p.Train)}",
        Payload.Verdict => "compare the forecast with the truth",
        Payload.Report p => $"report {p.Runs.Count} runs",
        _ => throw new NotSupportedException(payload.ToString()),
    };

    static string Steps(TrainSpec train) => string.Create(CultureInfo.InvariantCulture, $"{train.Steps:N0} steps of {train.Batch}");

    static string Source(Payload.Ingest p) => p.Dataset switch
    {
        Data.DatasetSpec.Folder folder => $"{folder.Content} {Kebab(folder.Split)} at {folder.Size} px",
        _ => $"{p.Dataset.Count.IfNone(0)} scenes, {Kebab(p.Dataset.Layout)}",
    };

    static string Kebab<T>(T choice) where T : struct, Enum => Spelling.Kebab(choice.ToString());
}
