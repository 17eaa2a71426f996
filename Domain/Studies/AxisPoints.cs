using System.Globalization;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Domain.Text;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Studies;

/// <summary>A point of an axis: its label and a change of the run's JSON; None drops the run.</summary>
sealed record AxisPoint(string Label, Func<Json, Option<Either<SpecError, Json>>> Change);

/// <summary>The points of one axis, in the order written.</summary>
static class AxisPoints
{
    /// <summary>All points. A range is drawn from by <see cref="At"/>; outside random sweeps validation refuses it, and it changes nothing.</summary>
    public static Seq<AxisPoint> Of(AxisSpec axis, string path) => axis switch
    {
        AxisSpec.Values values => values.Of.Map(value =>
            new AxisPoint(values.Path == "model" ? Short(value) : $"{Last(values.Path)}={Short(value)}", run => Some(Set(run, values.Path, value, $"{path}.path")))),
        AxisSpec.Branches branches => branches.Of.Map((i, branch) =>
            new AxisPoint(branch.Label, run => Some(Change(run, branch, $"{path}.of[{i}]")))).ToSeq(),
        AxisSpec.Budgets budgets => budgets.TrainMacs.Map(macs =>
            new AxisPoint($"C={macs.ToString("0.##e0", CultureInfo.InvariantCulture)}", run => Spend(run, budgets, macs, path))),
        AxisSpec.Range => Seq1(new AxisPoint("", run => Some(Right<SpecError, Json>(run)))),
        _ => throw new NotSupportedException(axis.ToString()),
    };

    /// <summary>The point of a range at <paramref name="uniform"/> in [0, 1), rounded to four digits so that a person can write it again.</summary>
    public static AxisPoint At(AxisSpec.Range range, string path, double uniform)
    {
        var value = range.Log
            ? range.Low * Math.Pow(range.High / range.Low, uniform)
            : range.Low + (range.High - range.Low) * uniform;
        var rounded = double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return new AxisPoint($"{Last(range.Path)}={CanonicalText.Number(rounded)}", run => Some(Set(run, range.Path, new Json.Number(rounded), $"{path}.path")));
    }

    public static Either<SpecError, Json> Set(Json run, string path, Json value, string from) =>
        JsonPath.Set(run, path, Whole(path, value)).MapLeft(why => new SpecError(from, path, $"not a place in the run: {why}"));

    static string Last(string path) => path.Split('.')[^1];

    static string Short(Json value) => value switch
    {
        Json.Text text => text.Value,
        Json.Object o when o.Find("name").IfNone(o.Find("like").IfNone(value)) is Json.Text name => name.Value,
        _ => value.ToString(),
    };

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
        return branch.Then.Fold(set, (at, stage) => at.Bind(json => Append(json, stage, path)));
    }

    static Either<SpecError, Json> Append(Json run, StageSpec stage, string path)
    {
        var count = JsonPath.Get(run, "stages").Map(stages => stages is Json.List list ? list.Items.Count : 0).IfNone(0);
        return Set(run, $"stages[{count}]", SpecWriter.Write(stage), $"{path}.then");
    }

    /// <summary>A run that is not valid is left for validation to explain.</summary>
    static Option<Either<SpecError, Json>> Spend(Json run, AxisSpec.Budgets budgets, double macs, string path) =>
        SpecReader.Read<RunSpec>(run, "run").Bind(spec => Model.From(spec.Model).Map(_ => spec)).Match(
            Fail: _ => Some(Right<SpecError, Json>(run)),
            Succ: spec => BatchOf(spec, budgets.Stage).Match(
                Some: batch => WithSteps(run, budgets, Math.Round(macs / (3 * Accounting.ForwardMacs(spec.Model) * batch)), path),
                None: () => Some(Left<SpecError, Json>(
                    new SpecError($"{path}.stage", budgets.Stage.ToString(CultureInfo.InvariantCulture), "not the index of a training stage")))));

    static Option<Either<SpecError, Json>> WithSteps(Json run, AxisSpec.Budgets budgets, double steps, string path) =>
        steps < budgets.MinSteps || steps > budgets.MaxSteps
            ? None
            : Some(Set(run, $"stages[{budgets.Stage}].train.steps", new Json.Number(steps), path));

    static Option<int> BatchOf(RunSpec run, int stage) => stage < 0 ? None : run.Stages.Skip(stage).HeadOrNone().Bind(found => found switch
    {
        StageSpec.Pretrain pretrain => Some(pretrain.Train.Batch),
        StageSpec.FineTune fineTune => Some(fineTune.Train.Batch),
        _ => None,
    });
}
