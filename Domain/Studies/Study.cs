using Flow.Domain.Data;
using Flow.Domain.Runs;
using Flow.Domain.Sweeps;
using Flow.Domain.Text;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Studies;

/// <summary>A study that can be planned: what survived validation of a <see cref="StudySpec"/>, with its axes expanded to runs.</summary>
public sealed record Study
{
    Study(StudySpec spec, Seq<Run> runs, Option<Run> forecast) => (Spec, Runs, Forecast) = (spec, runs, forecast);

    public StudySpec Spec { get; }

    public string Name => Spec.Name;

    /// <summary>The expanded runs, first axis outermost.</summary>
    public Seq<Run> Runs { get; }

    /// <summary>The run that is predicted from the others before it is trained.</summary>
    public Option<Run> Forecast { get; }

    /// <summary>The study, or every mistake of the spec, each once.</summary>
    public static Validation<SpecError, Study> From(StudySpec spec)
    {
        var size = Rules.AtMost("axes", Expansion.Count(spec), Expansion.Most);
        if (size.Any()) return Validation<SpecError, Study>.Fail(Own(spec).Concat(size.Map(mistake => mistake with { Given = $"{mistake.Given} runs" })).ToSeq().Strict());
        var variants = Expansion.Of(spec).Strict();
        var runs = variants.Map(variant => (variant.Label, Run: Read(variant, spec))).Strict();
        // Axes that fit no run must not hide what else is wrong with it.
        var unvaried = !variants.IsEmpty && variants.ForAll(variant => variant.Run.IsLeft)
            ? Seq1(("", Read(new Variant("", None, Right<SpecError, Json>(SpecWriter.Write(spec.Run))), spec)))
            : [];
        var forecast = Expansion.Forecast(spec).Map(variant => (variant.Label, Run: Read(variant, spec)));
        var mistakes = Own(spec).Concat(OfRuns(runs)).Concat(unvaried.Bind(run => run.Item2.Match(Succ: _ => [], Fail: found => found))).Concat(OfFits(spec, runs)).Concat(OfHalving(spec, runs)).Concat(forecast.AsEnumerable().SelectMany(run => OfForecast(spec, runs, run))).Distinct().ToSeq().Strict();
        return mistakes.IsEmpty
            ? Success<SpecError, Study>(new Study(spec, runs.Map(run => run.Run.IfFail(Unreachable)).Strict(), forecast.Map(run => run.Run.IfFail(Unreachable))))
            : Validation<SpecError, Study>.Fail(mistakes);
    }

    static Run Unreachable(Seq<SpecError> mistakes) => throw new InvalidOperationException(string.Join("; ", mistakes));

    static Validation<SpecError, Run> Read(Variant variant, StudySpec spec) => variant.Run.Match(
        Left: mistake => Fail<SpecError, Run>(mistake),
        Right: json => SpecReader.Read<RunSpec>(json, "run").Bind(run => Run.From(run, variant.Label, variant.Rung, spec.Codec, spec.Datasets)));

    static IEnumerable<SpecError> Own(StudySpec spec) =>
    [
        .. Rules.Require(spec.Name.Length > 0, "name", "nothing", "missing"),
        .. DataRules.Mistakes(spec.Codec, "codec"),
        .. spec.Datasets.AsEnumerable().OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .SelectMany(entry => DataRules.Mistakes(entry.Value, spec.Codec, $"datasets.{entry.Key}")),
        .. FitOn(spec.Codec).SelectMany((name, i) => Rules.Require(
            spec.Datasets.ContainsKey(name), $"codec.fitOn[{i}]", name, Spelling.Unknown(name, spec.Datasets.Keys))),
        .. Rules.Require(
            FitOn(spec.Codec).Count == 1 || !FitOn(spec.Codec).Exists(name => spec.Datasets.Find(name).Exists(dataset => dataset is DatasetSpec.Shards)),
            "codec.fitOn", string.Join(", ", FitOn(spec.Codec)), "shards among others; name one data set of shards alone: the codec that made them comes with them"),
        .. spec.Axes.SelectMany((axis, i) => Axis(axis, spec.Random.IsSome, $"axes[{i}]")),
        .. spec.Forecast.AsEnumerable().SelectMany(forecast => Rules.Positive("forecast.trainMacs", forecast.TrainMacs)),
        .. spec.Random.AsEnumerable().SelectMany(random => Random(random, spec)),
        .. spec.Halving.AsEnumerable().SelectMany(Halving),
    ];

    static IEnumerable<SpecError> Axis(AxisSpec axis, bool random, string path) => axis switch
    {
        AxisSpec.Values values => Rules.Require(!values.Of.IsEmpty, $"{path}.of", "nothing", "missing; give at least one value"),
        AxisSpec.Branches branches => Rules.Require(!branches.Of.IsEmpty, $"{path}.of", "nothing", "missing; give at least one branch"),
        AxisSpec.Budgets budgets =>
        [
            .. Rules.Require(!budgets.TrainMacs.IsEmpty, $"{path}.trainMacs", "nothing", "missing; give at least one budget"),
            .. budgets.TrainMacs.SelectMany((macs, i) => Rules.Positive($"{path}.trainMacs[{i}]", macs)),
            .. Rules.AtLeast($"{path}.minSteps", budgets.MinSteps, 1),
        ],
        AxisSpec.Range range =>
        [
            .. Rules.Require(random, path, "range", "only for studies with \"random\", which draws from it"),
            .. Rules.Require(range.High > range.Low, $"{path}.high", range.High, $"not above low {range.Low}"),
            .. Rules.Require(!range.Log || range.Low > 0, $"{path}.low", range.Low, "not positive, which a logarithmic range needs"),
        ],
        _ => throw new NotSupportedException(axis.ToString()),
    };

    static IEnumerable<SpecError> Random(RandomSpec random, StudySpec spec) =>
    [
        .. Rules.Positive("random.trials", random.Trials),
        .. Rules.Require(
            random.Trials <= Expansion.Combinations(spec), "random.trials", random.Trials, $"more than the {Expansion.Combinations(spec)} combinations of the axes"),
    ];

    static IEnumerable<SpecError> Halving(HalvingSpec halving) =>
    [
        .. Rules.Require(halving.Rungs.Count >= 2, "halving.rungs", halving.Rungs.Count, "fewer than two rungs"),
        .. halving.Rungs.SelectMany((steps, i) => Rules.Require(
            steps > (i == 0 ? 0 : halving.Rungs[i - 1]), $"halving.rungs[{i}]", steps, "not above the rung before it")),
        .. Rules.AtLeast("halving.keep", halving.Keep, 2),
    ];

    static Seq<string> FitOn(CodecSpec codec) => codec is CodecSpec.PatchPca pca ? pca.FitOn : [];

    /// <summary>A law needs something to measure it; asked only when all runs are right.</summary>
    static IEnumerable<SpecError> OfFits(StudySpec spec, Seq<(string Label, Validation<SpecError, Run> Run)> runs) =>
        runs.Exists(run => run.Run.IsFail) ? [] : spec.Fits.SelectMany((fit, i) => FitRules.Mistakes(fit, Stages(runs), $"fits[{i}]"));

    /// <summary>Successive halving needs its metric of every trial; asked only when all runs are right.</summary>
    static IEnumerable<SpecError> OfHalving(StudySpec spec, Seq<(string Label, Validation<SpecError, Run> Run)> runs) =>
        spec.Halving.Filter(_ => !runs.Exists(run => run.Run.IsFail)).AsEnumerable().SelectMany(halving => Rules.Require(
            runs.ForAll(run => run.Run.Exists(right => right.Stages.Exists(stage => FitRules.Measures(stage, halving.Metric)))),
            "halving.metric", Spelling.Kebab(halving.Metric.ToString()), "measured by no stage of some run, so that its trials could not be compared"));

    static Seq<StageSpec> Stages(Seq<(string Label, Validation<SpecError, Run> Run)> runs) =>
        runs.Bind(run => run.Run.Match(Succ: right => right.Stages, Fail: _ => [])).Strict();

    /// <summary>Asked only when all runs are right: a prediction needs a stage that measures it, and something smaller to predict from.</summary>
    static IEnumerable<SpecError> OfForecast(
        StudySpec spec, Seq<(string Label, Validation<SpecError, Run> Run)> runs, (string Label, Validation<SpecError, Run> Run) forecast)
    {
        if (runs.Exists(run => run.Run.IsFail)) return [];
        var what = spec.Forecast.Map(known => known.Rows).IfNone(() => throw new InvalidOperationException("a study without a forecast has none to check"));
        return forecast.Run.Match<IEnumerable<SpecError>>(
            Fail: mistakes => mistakes.Map(mistake => mistake with { Path = mistake.Path.StartsWith("run.", StringComparison.Ordinal) ? $"forecast.{mistake.Path}" : mistake.Path }),
            Succ: run =>
            [
                .. Rules.Require(run.Stages.Exists(stage => FitRules.Measures(stage, what)), "forecast.y", Spelling.Kebab(what.Y.ToString()), "measured by no stage of the run"),
                .. runs.Map(other => other.Run.Map(right => right.TrainMacs).IfFail(_ => 0)).Filter(macs => macs >= run.TrainMacs).HeadOrNone().AsEnumerable()
                    .Select(macs => new SpecError("forecast.trainMacs", $"{run.TrainMacs:G4}", $"not above every other run's training compute, as {macs:G4}: what is forecast lies beyond what is known")),
            ]);
    }

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
