using Flow.Domain.Data;
using Flow.Domain.Runs;
using Flow.Domain.Text;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Studies;

/// <summary>A study that can be planned: what survived validation of a <see cref="StudySpec"/>, with its axes expanded to runs.</summary>
public sealed record Study
{
    Study(StudySpec spec, Seq<Run> runs) => (Spec, Runs) = (spec, runs);

    public StudySpec Spec { get; }

    public string Name => Spec.Name;

    /// <summary>The expanded runs, first axis outermost.</summary>
    public Seq<Run> Runs { get; }

    /// <summary>The study, or every mistake of the spec, each once.</summary>
    public static Validation<SpecError, Study> From(StudySpec spec)
    {
        var runs = Expansion.Of(spec).Map(variant => (variant.Label, Run: Read(variant, spec))).Strict();
        var mistakes = Own(spec).Concat(OfRuns(runs)).Distinct().ToSeq().Strict();
        return mistakes.IsEmpty
            ? Success<SpecError, Study>(new Study(spec, runs.Map(run => run.Run.IfFail(Unreachable)).Strict()))
            : Validation<SpecError, Study>.Fail(mistakes);
    }

    static Run Unreachable(Seq<SpecError> mistakes) => throw new InvalidOperationException(string.Join("; ", mistakes));

    static Validation<SpecError, Run> Read(Variant variant, StudySpec spec) => variant.Run.Match(
        Left: mistake => Fail<SpecError, Run>(mistake),
        Right: json => SpecReader.Read<RunSpec>(json, "run").Bind(run => Run.From(run, variant.Label, spec.Codec, spec.Datasets)));

    static IEnumerable<SpecError> Own(StudySpec spec) =>
    [
        .. Rules.Require(spec.Name.Length > 0, "name", "nothing", "missing"),
        .. DataRules.Mistakes(spec.Codec, "codec"),
        .. spec.Datasets.AsEnumerable().OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .SelectMany(entry => DataRules.Mistakes(entry.Value, spec.Codec, $"datasets.{entry.Key}")),
        .. FitOn(spec.Codec).SelectMany((name, i) => Rules.Require(
            spec.Datasets.ContainsKey(name), $"codec.fitOn[{i}]", name, Spelling.Unknown(name, spec.Datasets.Keys))),
        .. spec.Fits.SelectMany((fit, i) => Rules.NotNegative($"fits[{i}].holdOut", fit.HoldOut)),
    ];

    static Seq<string> FitOn(CodecSpec codec) => codec is CodecSpec.PatchPca pca ? pca.FitOn : [];

    /// <summary>A mistake that every run makes is told once, of the base run; others name the run that makes them.</summary>
    static IEnumerable<SpecError> OfRuns(Seq<(string Label, Validation<SpecError, Run> Run)> runs)
    {
        if (runs.IsEmpty) return [new SpecError("axes", "no run", "left; every combination was outside the budgets' steps")];
        var all = runs.Bind(run => run.Run.Match(Succ: _ => [], Fail: mistakes => mistakes.Map(mistake => (run.Label, Mistake: mistake)))).Strict();
        return all.GroupBy(found => found.Mistake).SelectMany(group => group.Count() == runs.Count || !group.Key.Path.StartsWith("run.", StringComparison.Ordinal)
            ? [group.Key]
            : group.Select(found => found.Mistake with { Path = $"run[{found.Label}]{found.Mistake.Path[3..]}" }));
    }
}
