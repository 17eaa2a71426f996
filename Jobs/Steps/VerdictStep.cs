using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Flow.Domain.Laws;
using Flow.Domain.Laws.Forecasts;
using Flow.Domain.Planning;
using Flow.Domain.Plots;
using Flow.Storage.Files;

namespace Flow.Jobs.Steps;

/// <summary>Holds what was predicted, and stored, against what was measured afterwards: verdict.json, verdict.txt and verdict.svg.</summary>
public static class VerdictStep
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Run(StepContext context, Payload.Verdict payload)
    {
        var stored = JsonNode.Parse(File.ReadAllText(Path.Combine(context.Open(payload.Prediction), ForecastStep.FileName)))!;
        var predicted = new Estimate(Number("prediction"), Number("low"), Number("high"));
        var asked = (Payload.Forecast)context.Plan[payload.Prediction].Payload;
        var truth = FitRow.Of(context.Lab, context.Plan, asked.Rows, LanguageExt.Prelude.Seq1(payload.Truth)).Head.Measured.Value;
        var measured = Measurements.Of(context.Open(payload.Truth)).Map(found => found.Time).IfNone(() => throw new StepFailure("the run was not measured"));
        var verdict = new ForecastVerdict(predicted, truth);
        var json = verdict.Json();
        json["form"] = stored["form"]!.GetValue<string>();
        json["model"] = stored["model"]!.GetValue<string>();
        json["prediction_stored"] = stored["stored"]!.GetValue<DateTimeOffset>();
        json["truth_measured"] = measured;
        AtomicFile.WriteText(context.InWork("verdict.json"), json.ToJsonString(Indented));
        AtomicFile.WriteText(context.InWork("verdict.txt"), string.Create(CultureInfo.InvariantCulture,
            $"{verdict.Text()}\n  the prediction was stored at {stored["stored"]!.GetValue<DateTimeOffset>():u}, the truth was measured at {measured:u}"));
        AtomicFile.WriteText(context.InWork("verdict.svg"), FigureSheet.ToSvg(ForecastStep.Of(context, asked).Figures(FitLabels.Y(asked.Rows), truth)));

        double Number(string key) => stored[key]!.GetValue<double>();
    }
}
