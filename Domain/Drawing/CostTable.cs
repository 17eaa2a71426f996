using System.Globalization;
using System.Text;
using Flow.Domain.Compute;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Drawing;

/// <summary>The expanded runs of a study with what each costs, as `flow study show` prints it before anything runs.</summary>
public static class CostTable
{
    static readonly string[] Heads = ["run", "model", "MACs", "FLOPs", "images", "tokens", "GPU-hours", "dollars"];

    public static string Of(StudyCost study, Placement place)
    {
        var rows = study.Runs.Map(run => Row(run.Label.Length == 0 ? "the run" : run.Label, run.Model, run.Alone))
            .Add(Row("all, shared steps once", "", study.Total)).Strict();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"on {place.Device.Name} ({place.Device.PeakTflops} TFLOP/s dense bf16) at MFU {place.Mfu:0.##}; ");
        text.Append(CultureInfo.InvariantCulture, $"a MAC is {place.Rules.ShownFlopsPerMac} FLOPs, training counts {place.Rules.TrainPerForward} x forward, codec {(place.Rules.Codec ? "included" : "left out")}{(place.DollarsPerHour.IsNone ? "; dollars need a price" : "")}\n\n");
        Write(text, Heads.Cons(rows));
        foreach (var step in study.Unknown) text.Append(CultureInfo.InvariantCulture, $"not counted, the size of its data is not known: {step}\n");
        return text.ToString();
    }

    static string[] Row(string label, string model, Option<Cost> cost) => cost.Match(
        Some: c => [label, model, Si(c.Macs), Si(c.Flops), Si(c.Images), Si(c.Tokens), Hours(c.GpuHours), c.Dollars.Map(Money).IfNone("-")],
        None: () => new[] { label, model, "?", "?", "?", "?", "?", "?" });

    static void Write(StringBuilder text, Seq<string[]> rows)
    {
        var widths = Heads.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            text.Append(string.Join("  ", row.Select((cell, column) => column < 2 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd()).Append('\n');
    }

    /// <summary>Three digits and a power of ten: 1.74e18.</summary>
    static string Si(double value) => value < 1e6 ? value.ToString("N0", CultureInfo.InvariantCulture) : value.ToString("0.00e0", CultureInfo.InvariantCulture);

    static string Hours(double hours) => hours.ToString(hours < 0.01 ? "0.0e0" : hours < 100 ? "0.00" : "N0", CultureInfo.InvariantCulture);

    static string Money(double dollars) => dollars.ToString(dollars < 100 ? "0.00" : "N0", CultureInfo.InvariantCulture);
}
