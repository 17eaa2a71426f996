using System.Globalization;
using Flow.Domain;
using Flow.Domain.Compute;
using Flow.Domain.Laws;
using Flow.Storage.Results;
using LanguageExt;

namespace Flow.Jobs.Laws;

/// <summary>The rows of one metric of a study in the result store, as the points of laws. A step that belongs to several runs is one point.</summary>
/// <param name="Store">Folder of the store.</param>
/// <param name="Task">The perception task; null is the loss of the generator.</param>
public sealed record StudyRows(string Store, string Study, string Metric, string? Task = null, int? SamplerSteps = null, int? Ensemble = null)
{
    public static readonly string[] Axes = ["train_macs", "params", "params_active", "images", "tokens", "macs_per_image", "sampler_steps", "ensemble"];

    /// <summary>The studies that have results in a store; none where there is no store.</summary>
    public static Seq<string> Studies(string store, CancellationToken cancel) => Directory.Exists(store)
        ? new ResultStore(store).Query("select distinct study from results order by all", cancel: cancel).Rows.Select(row => (string)row[0]!).ToArray().ToSeq()
        : Seq<string>.Empty;

    /// <summary>The metric along one of <see cref="Axes"/>.</summary>
    public Seq<Observation> Along(string axis, CancellationToken cancel)
    {
        if (!Axes.Contains(axis)) throw new BadInputException($"--x: {axis} is none of {string.Join(", ", Axes)}");
        return Read($"{axis}::double as x, value", $"{axis} is not null", cancel).Map(row => new Observation((double)row[1]!, (double)row[2]!, (string)row[0]!));
    }

    /// <summary>Size, data, compute (FLOPs, two a MAC) and loss of every trained model. Models of one name and seed are one training curve.</summary>
    public Seq<TrainingPoint> Trainings(CancellationToken cancel) =>
        Read("params_active::double, tokens::double, train_macs::double, value, concat(model, ', seed ', seed)", "params_active is not null and train_macs is not null", cancel)
            .Map(row => new TrainingPoint((double)row[1]!, (double)row[2]!, (double)row[3]! * CountingRules.FlopsPerMac, (double)row[4]!, (string)row[5]!));

    /// <summary>Every evaluated way to predict. A model that was trained more than once goes by its run.</summary>
    public Seq<InferenceCell> Cells(CancellationToken cancel)
    {
        // A cell that both the study and flow evaluate measured, or several reductions of one ensemble, is one way to predict: the best counts.
        var rows = Read("model, run, sampler_steps::bigint, ensemble::bigint, macs_per_image::double, value, coalesce(low, value), coalesce(high, value)",
                "sampler_steps is not null and macs_per_image is not null", cancel)
            .GroupBy(row => ((string)row[0]!, row[3], row[4], row[6])).Select(group => group.First())
            .GroupBy(row => ((string)row[1]!, (string)row[2]!, row[3], row[4])).Select(group => group.MinBy(row => (double)row[6]!)!).ToList();
        var trained = rows.GroupBy(row => (string)row[1]!).ToDictionary(group => group.Key, group => group.GroupBy(row => (row[3], row[4])).Any(cell => cell.Count() > 1));
        return rows.Select(row => new InferenceCell(
            trained[(string)row[1]!] ? $"{row[1]} ({row[2]})" : (string)row[1]!,
            (int)(long)row[3]!, (int)(long)row[4]!, (double)row[5]!, new Estimate((double)row[6]!, (double)row[7]!, (double)row[8]!))).ToArray().ToSeq();
    }

    /// <summary>Names of the study's models, and the tokens of one image.</summary>
    public (Seq<string> Models, double TokensPerImage) Models(CancellationToken cancel)
    {
        var rows = Read("model, tokens::double / images", "model is not null and images > 0", cancel);
        return (rows.Map(row => (string)row[1]!).Distinct().Strict(), rows.IsEmpty ? 0 : Math.Round((double)rows[0][2]!));
    }

    Seq<object?[]> Read(string columns, string condition, CancellationToken cancel)
    {
        if (!Directory.Exists(Store)) throw new BadInputException($"there is no store at {Store}: run the study first, or give --store");
        var table = new ResultStore(Store).Query($"""
            select distinct step, {columns} from results
            where study = {Text(Study)} and metric = {Text(Metric)} and task is not distinct from {(Task is { } task ? Text(task) : "null")}
              {Where("sampler_steps", SamplerSteps)} {Where("ensemble", Ensemble)} and {condition}
            order by all
            """, cancel: cancel);
        if (table.Rows.Count == 0)
            throw new BadInputException($"no rows of study '{Study}' with metric '{Metric}'{(Task is { } named ? $" of task '{named}'" : ", without a task")} that serve: {Known(cancel)}");
        return table.Rows.Select(row => row.ToArray()).ToArray().ToSeq();
    }

    string Known(CancellationToken cancel)
    {
        var table = new ResultStore(Store).Query("select distinct study, metric, coalesce(task, 'no task') from results order by all", 40, cancel);
        return table.Rows.Count == 0 ? "the store has no results yet" : "it has " + string.Join(", ", table.Rows.Select(row => $"{row[0]} {row[1]} ({row[2]})"));
    }

    static string Where(string column, int? value) => value is { } number ? string.Create(CultureInfo.InvariantCulture, $"and {column} = {number}") : "";

    static string Text(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}
