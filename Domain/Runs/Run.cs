using Flow.Domain.Data;
using Flow.Domain.Models;
using Flow.Domain.Sweeps;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Runs;

/// <summary>A run that can be planned: what survived validation of a <see cref="RunSpec"/> against a study's codec and data sets.</summary>
public sealed record Run
{
    Run(string label, Option<Rung> rung, Model model, Seq<StageSpec> stages) => (Label, Rung, Model, Stages) = (label, rung, model, stages);

    /// <summary>Where on the study's axes it stands ("a1, steps=60000"); empty for a study without axes.</summary>
    public string Label { get; }

    /// <summary>Its place in successive halving, if the study has that.</summary>
    public Option<Rung> Rung { get; }

    /// <summary>The model as the first stage finds it.</summary>
    public Model Model { get; }

    public Seq<StageSpec> Stages { get; }

    /// <summary>MACs of all its training: 3 x forward MACs x images of each stage, with the model as the stage leaves it.</summary>
    public double TrainMacs => Stages.Fold((Model: Model.Spec, Macs: 0.0), (at, stage) => (stage.After(at.Model), at.Macs + stage switch
    {
        StageSpec.Pretrain p => Macs(at.Model, p.Train),
        StageSpec.FineTune f => Macs(f.After(at.Model), f.Train),
        _ => 0,
    })).Macs;

    static double Macs(ModelSpec model, TrainSpec train) => 3 * Accounting.ForwardMacs(model) * train.Steps * train.Batch;

    /// <summary>The run, or every mistake of the spec, with paths under <c>run</c>.</summary>
    public static Validation<SpecError, Run> From(
        RunSpec spec, string label, Option<Rung> rung, CodecSpec codec, HashMap<string, DatasetSpec> datasets)
    {
        var stages = RunRules.Mistakes(spec, codec, datasets).ToSeq().Strict();
        return Model.From(spec.Model, "run.model").Match(
            Succ: model => stages.IsEmpty
                ? Success<SpecError, Run>(new Run(label, rung, model, spec.Stages))
                : Validation<SpecError, Run>.Fail(stages),
            Fail: mistakes => Validation<SpecError, Run>.Fail(mistakes.Concat(stages).Strict()));
    }
}
