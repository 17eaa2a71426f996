using System.Globalization;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Domain.Text;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Studies;

/// <summary>One expanded run before validation: its label and its JSON, or why the axes do not fit the run.</summary>
sealed record Variant(string Label, Either<SpecError, Json> Run);

/// <summary>Multiplies the axes of a study: first axis outermost, values in the order written.</summary>
static class Expansion
{
    public static Seq<Variant> Of(StudySpec study)
    {
        var start = Seq1(new Variant("", Right<SpecError, Json>(SpecWriter.Write(study.Run))));
        return study.Axes.Fold((Variants: start, Index: 0), (at, axis) =>
            (at.Variants.Bind(variant => Points(axis, $"axes[{at.Index}]").Bind(point => Apply(variant, point))).Strict(), at.Index + 1))
            .Variants;
    }

    /// <summary>A point of an axis: its label and a change of the run; None drops the run.</summary>
    sealed record Point(string Label, Func<Json, Option<Either<SpecError, Json>>> Change);

    static Seq<Point> Points(AxisSpec axis, string path) => axis switch
    {
        AxisSpec.Values values => values.Of.Map(value =>
            new Point($"{values.Path.Split('.')[^1]}={Short(value)}", run => Some(Set(run, values.Path, value, $"{path}.path")))),
        AxisSpec.Branches branches => branches.Of.Map((i, branch) => new Point(branch.Label, run => Some(Change(run, branch, $"{path}.of[{i}]")))).ToSeq(),
        AxisSpec.Budgets budgets => budgets.TrainMacs.Map(macs =>
            new Point($"C={macs.ToString("0.##e0", CultureInfo.InvariantCulture)}", run => Spend(run, budgets, macs, path))),
        _ => throw new NotSupportedException(axis.ToString()),
    };

    static Seq<Variant> Apply(Variant variant, Point point) => variant.Run.Match(
        Left: _ => Seq1(variant),
        Right: run => point.Change(run).Map(changed => new Variant(Join(variant.Label, point.Label), changed)).ToSeq());

    static string Join(string before, string label) => before.Length == 0 || label.Length == 0 ? before + label : $"{before}, {label}";

    static string Short(Json value) => value switch
    {
        Json.Text text => text.Value,
        Json.Object o => o.Find("name").IfNone(o.Find("like").IfNone(value)) is Json.Text name ? name.Value : value.ToString(),
        _ => value.ToString(),
    };

    static Either<SpecError, Json> Set(Json run, string path, Json value, string from)
    {
        return JsonPath.Set(run, path, Whole(path, value)).MapLeft(why => new SpecError(from, path, $"not a place in the run: {why}"));
    }

    /// <summary>Named models and recipes are written out, so that a later change can reach into them.</summary>
    static Json Whole(string path, Json value) => path switch
    {
        "model" => NamedValues.Expand(typeof(ModelSpec), value).IfLeft(value),
        _ when path.EndsWith(".train", StringComparison.Ordinal) => NamedValues.Expand(typeof(TrainSpec), value).IfLeft(value),
        _ => value,
    };

    static Either<SpecError, Json> Change(Json run, Branch branch, string path)
    {
        var set = branch.Set.AsEnumerable().OrderBy(change => change.Key, StringComparer.Ordinal).ToSeq()
            .Fold(Right<SpecError, Json>(run), (at, change) => at.Bind(json => Set(json, change.Key, change.Value, $"{path}.set")));
        return branch.Then.Fold(set, (at, stage) => at.Bind(json => Append(json, stage)));
    }

    static Either<SpecError, Json> Append(Json run, StageSpec stage)
    {
        var count = JsonPath.Get(run, "stages").Map(stages => stages is Json.List list ? list.Items.Count : 0).IfNone(0);
        return Set(run, $"stages[{count}]", SpecWriter.Write(stage), "then");
    }

    static Option<Either<SpecError, Json>> Spend(Json run, AxisSpec.Budgets budgets, double macs, string path)
    {
        var stage = $"stages[{budgets.Stage}].train";
        return SpecReader.Read<RunSpec>(run, "run").Match(
            Fail: _ => Some(Right<SpecError, Json>(run)),
            Succ: spec => BatchOf(spec, budgets.Stage).Match(
                None: () => Some(Left<SpecError, Json>(new SpecError($"{path}.stage", budgets.Stage.ToString(CultureInfo.InvariantCulture), "not a training stage"))),
                Some: batch => WithSteps(Math.Round(macs / (3 * Accounting.ForwardMacs(spec.Model) * batch)))));

        Option<Either<SpecError, Json>> WithSteps(double steps) => steps < budgets.MinSteps || steps > budgets.MaxSteps
            ? None
            : Some(Set(run, $"{stage}.steps", new Json.Number(steps), path));
    }

    static Option<int> BatchOf(RunSpec run, int stage) => run.Stages.Skip(stage).HeadOrNone().Bind(found => found switch
    {
        StageSpec.Pretrain pretrain => Some(pretrain.Train.Batch),
        StageSpec.FineTune fineTune => Some(fineTune.Train.Batch),
        _ => None,
    });
}
