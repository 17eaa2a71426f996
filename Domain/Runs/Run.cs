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
