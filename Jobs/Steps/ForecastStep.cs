using System.Text.Json;
using Flow.Domain.Compute;
using Flow.Domain.Laws.Forecasts;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Plots;
using Flow.Storage.Files;

namespace Flow.Jobs.Steps;

/// <summary>Predicts a run that nobody has trained yet: forecast.json, forecast.txt and forecast.svg, with the time at which they were written.</summary>
public static class ForecastStep
{
    public const string FileName = "forecast.json";

    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Run(StepContext context, Payload.Forecast payload)
    {
        var forecast = Of(context, payload);
        var json = forecast.Json();
        json["metric"] = FitRow.MetricName(payload.Rows.Y);
        json["model"] = payload.Model.Name;
        json["stored"] = DateTimeOffset.UtcNow;
        AtomicFile.WriteText(context.InWork(FileName), json.ToJsonString(Indented));
        AtomicFile.WriteText(context.InWork("forecast.txt"), forecast.Text());
        AtomicFile.WriteText(context.InWork("forecast.svg"), FigureSheet.ToSvg(forecast.Figures(FitLabels.Y(payload.Rows), LanguageExt.Option<double>.None)));
    }

    /// <summary>The forecast from the rows of the steps that it names. Pure in them: the verdict draws the same one again, with the truth.</summary>
    internal static Forecast Of(StepContext context, Payload.Forecast payload)
    {
        var rows = FitRow.Of(context.Lab, context.Plan, payload.Rows, payload.From).Map(row => row.Trained(payload.Rows.X)).Strict();
        return Forecasting.Of(rows, Target(payload)).Match(
            Right: forecast => forecast,
            Left: refusal => throw new StepFailure($"the rows carry no forecast: {refusal}"));
    }

    static ForecastTarget Target(Payload.Forecast payload)
    {
        var images = (double)payload.Train.Steps * payload.Train.Batch;
        return new(
            payload.Model.Name,
            Accounting.Parameters(payload.Model).Active,
            images * payload.Model.Tokens,
            3 * Accounting.ForwardMacs(payload.Model) * images * CountingRules.FlopsPerMac);
    }
}
