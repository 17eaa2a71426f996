using System.Globalization;
using Flow.Domain.Random;
using Flow.Domain.Sweeps;
using Flow.Domain.Text;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Studies;

/// <summary>One expanded run before validation: its label, its place in successive halving, and its JSON, or why the axes do not fit the run.</summary>
sealed record Variant(string Label, Option<Rung> Rung, Either<SpecError, Json> Run);

/// <summary>Expands a study to its runs: the product of its axes, first axis outermost, or trials drawn from them; then the rungs.</summary>
static class Expansion
{
    public static Seq<Variant> Of(StudySpec study)
    {
        var start = new Variant("", None, Right<SpecError, Json>(SpecWriter.Write(study.Run)));
        var variants = study.Random.Match(
            Some: random => Trials(study, random, start),
            None: () => study.Axes.Map((i, axis) => AxisPoints.Of(axis, $"axes[{i}]")).Aggregate(
                Seq1(start), (variants, points) => variants.Bind(variant => points.Bind(point => Apply(variant, point))).Strict()));
        return study.Halving.Match(Some: halving => variants.Bind(trial => Rungs(trial, halving)).Strict(), None: () => variants);
    }

    /// <summary>The run that is forecast, if the study has one.</summary>
    public static Option<Variant> Forecast(StudySpec study) => study.Forecast.Map(forecast => forecast.Axes
        .Map(axis => AxisPoints.Of(axis, "forecast.run").Head)
        .Fold(new Variant("", None, Right<SpecError, Json>(SpecWriter.Write(study.Run))), (variant, point) => Apply(variant, point).Head));

    /// <summary>Runs of a study at most: a slip in an axis should be told, not planned.</summary>
    public const int Most = 100_000;

    /// <summary>Runs that a study asks for.</summary>
    public static double Count(StudySpec study) =>
        study.Random.Map(random => (double)random.Trials).IfNone(() => Combinations(study)) * study.Halving.Map(halving => halving.Rungs.Count).IfNone(1);

    /// <summary>How many different points the axes have together; infinite with a range to draw from.</summary>
    public static double Combinations(StudySpec study) =>
        study.Axes.Fold(1.0, (product, axis) => product * (axis is AxisSpec.Range && study.Random.IsSome ? double.PositiveInfinity : AxisPoints.Of(axis, "").Count));

    static Seq<Variant> Apply(Variant variant, AxisPoint point) => variant.Run.Match(
        Left: _ => Seq1(variant),
        Right: run => point.Change(run).Map(changed => variant with { Label = Join(variant.Label, point.Label), Run = changed }).ToSeq());

    static string Join(string before, string label) => before.Length == 0 || label.Length == 0 ? before + label : $"{before}, {label}";

    /// <summary>
    /// Draws until there are enough different ones, or for so long that a narrow range seems to have no more. Draw number i is a pure
    /// function of the seed and i.
    /// </summary>
    static Seq<Variant> Trials(StudySpec study, RandomSpec random, Variant start)
    {
        var wanted = (int)Math.Min(random.Trials, Combinations(study));
        var chosen = new Dictionary<string, Seq<AxisPoint>>(StringComparer.Ordinal);
        for (var draw = 0; chosen.Count < wanted && draw < 1000 * wanted; draw++)
        {
            var stream = new CounterRandom(random.Seed, Purpose.Sweep, epoch: 0, sample: draw);
            var points = study.Axes.Map((i, axis) => Draw(axis, $"axes[{i}]", stream, i)).ToSeq().Strict();
            chosen.TryAdd(points.Map(point => point.Label).Aggregate("", Join), points);
        }
        return chosen.Values.Bind(points => points.Fold(Seq1(start), (at, point) => at.Bind(variant => Apply(variant, point)).Strict())).ToSeq().Strict();
    }

    static AxisPoint Draw(AxisSpec axis, string path, CounterRandom stream, int index)
    {
        if (axis is AxisSpec.Range range) return AxisPoints.At(range, path, stream.Uniform(index));
        var points = AxisPoints.Of(axis, path);
        return points[(int)stream.Below(index, points.Count)];
    }

    static Seq<Variant> Rungs(Variant trial, HalvingSpec halving) => halving.Rungs.Map((i, steps) => trial with
    {
        Label = Join(trial.Label, string.Create(CultureInfo.InvariantCulture, $"{steps} steps")),
        Rung = new Rung(trial.Label, i),
        Run = trial.Run.Bind(run => AxisPoints.Set(run, $"stages[{halving.Stage}].train.steps", new Json.Number(steps), "halving.stage")),
    }).ToSeq();
}
