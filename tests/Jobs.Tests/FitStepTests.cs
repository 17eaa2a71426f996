using System.Text.Json.Nodes;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Jobs.Steps;
using LanguageExt;
using Xunit;

namespace Flow.Jobs.Tests;

/// <summary>Laws of a study whose trained models are given the losses of a known surface, N* ~ C^0.5.</summary>
public sealed class FitStepTests : IDisposable
{
    readonly Lab lab = new(Path.Combine(Path.GetTempPath(), $"flow-fit-{Guid.NewGuid():N}"), 1);

    [Fact]
    public void Isoflop_FindsTheExponentAndReportsThePublishedOne()
    {
        var law = Fit("""{ "y": "loss", "x": "train-macs", "form": "isoflop", "expected": 0.5, "within": 0.1 }""", out var text);
        Assert.InRange((double)law["exponent"]!, 0.4, 0.6);
        Assert.Equal(0.5, (double)law["expected"]!);
        Assert.True((bool)law["as_expected"]!);
        Assert.Contains("published", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Isoflop_SaysWhenThePublishedExponentIsMissed()
    {
        var law = Fit("""{ "y": "loss", "x": "train-macs", "form": "isoflop", "expected": 0.9, "within": 0.1 }""", out var text);
        Assert.False((bool)law["as_expected"]!);
        Assert.Contains("NOT within", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Parametric_FindsTheSurface()
    {
        var law = Fit("""{ "y": "loss", "x": "train-macs", "form": "parametric" }""", out _);
        Assert.Equal(0.3, (double)law["alpha"]!["value"]!, 0.01);
        Assert.Equal(0.3, (double)law["beta"]!["value"]!, 0.01);
    }

    [Fact]
    public void PerModel_FitsEachModelByItself()
    {
        var laws = Fit("""{ "y": "loss", "x": "images", "perModel": true }""", out _)["laws"]!.AsArray();
        Assert.True(laws.Count >= 5, laws.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(laws.Count, laws.Select(law => (string)law!["model"]!).Distinct().Count());
        Assert.All(laws, law => Assert.True((double)law!["exponent"]! < 0));
    }

    [Fact]
    public void Envelope_ReadsEachSizeAsOneCurve()
    {
        var law = Fit("""{ "y": "loss", "x": "train-macs", "form": "envelope" }""", out var text);
        Assert.InRange((double)law["exponent"]!, 0.3, 0.7);
        Assert.Contains("L*", text, StringComparison.Ordinal);
    }

    /// <summary>The surface of the points is found, stored, and held against the loss that the same surface gives the larger run.</summary>
    [Fact]
    public void AForecast_IsStoredAndThenHeldAgainstTheTruth()
    {
        var plan = Plan.Of(Studied("", """, "forecast": { "trainMacs": 1458e9, "run": { "label": "large", "set": { "model": "tiny-d64-l2-c4" } } }"""));
        var forecast = plan.Steps.Filter(step => step.Kind == StepKind.Forecast).Head;
        foreach (var row in ((Payload.Forecast)forecast.Payload).From) Measure(plan, row);
        Run(plan, forecast, context => ForecastStep.Run(context, (Payload.Forecast)forecast.Payload));
        var stored = File.ReadAllText(Path.Combine(lab.Steps.Open(forecast.Name.Hex), "forecast.json"));

        var verdict = plan.Steps.Filter(step => step.Kind == StepKind.Verdict).Head;
        Measure(plan, ((Payload.Verdict)verdict.Payload).Truth);
        Run(plan, verdict, context => VerdictStep.Run(context, (Payload.Verdict)verdict.Payload));
        var folder = lab.Steps.Open(verdict.Name.Hex);
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "verdict.json")))!;
        Assert.Equal((double)JsonNode.Parse(stored)!["prediction"]!, (double)json["prediction"]!);
        Assert.Equal((double)json["truth"]!, (double)json["prediction"]!, 0.005 * (double)json["truth"]!);
        Assert.Contains("the prediction was stored at", File.ReadAllText(Path.Combine(folder, "verdict.txt")), StringComparison.Ordinal);
        Assert.Contains("measured afterwards", File.ReadAllText(Path.Combine(folder, "verdict.svg")), StringComparison.Ordinal);
        Assert.DoesNotContain("measured afterwards", File.ReadAllText(Path.Combine(lab.Steps.Open(forecast.Name.Hex), "forecast.svg")), StringComparison.Ordinal);
    }

    /// <summary>Ten steps of Heun with guidance are 38 passes, which a row's steps and members don't say.</summary>
    [Fact]
    public void TheComputeOfAPrediction_IsWhatItsMakerCounted()
    {
        var plan = Plan.Of(Studied(""));
        var lineage = plan.Steps.Map(step => Lineage.Of(plan, step.Name)).Somes().Head;
        var row = new FitRow("a", lineage, new Measurement("absrel", 0.2, SamplerSteps: 10, Ensemble: 1, MacsPerImage: 38 * Accounting.ForwardMacs(lineage.Model)));
        Assert.Equal(38 * Accounting.ForwardMacs(lineage.Model), row.Along(FitAxis.InferenceMacs).Map(point => point.X).IfNone(0));
        Assert.Equal(10, row.Along(FitAxis.SamplerSteps).Map(point => point.X).IfNone(0));
        Assert.True(new FitRow("a", lineage, new Measurement("loss", 0.2, MacsPerImage: 1)).Along(FitAxis.InferenceMacs).IsNone);
    }

    void Run(Plan plan, Step step, Action<StepContext> body)
    {
        var work = lab.Steps.Begin(step.Name.Hex, 1);
        body(new StepContext(lab, plan, step, work, lab.Root, new Progress<StudyEvent>(), default));
        work.Commit();
    }

    JsonNode Fit(string fit, out string text)
    {
        var plan = Plan.Of(Studied(fit));
        var step = plan.Steps.Filter(s => s.Kind == StepKind.Fit).Head;
        var payload = (Payload.Fit)step.Payload;
        foreach (var row in payload.Rows) Measure(plan, row);
        Run(plan, step, context => FitStep.Run(context, payload));
        text = File.ReadAllText(Path.Combine(lab.Steps.Open(step.Name.Hex), "law.txt"));
        System.Xml.Linq.XDocument.Load(Path.Combine(lab.Steps.Open(step.Name.Hex), "law.svg"));
        return JsonNode.Parse(File.ReadAllText(Path.Combine(lab.Steps.Open(step.Name.Hex), "law.json")))!;
    }

    /// <summary>L = 0.05 + (N/N0)^-0.3 + (D/D0)^-0.3, with the units chosen so that the optima lie inside the grid of sizes.</summary>
    void Measure(Plan plan, StepId step)
    {
        if (lab.Steps.Exists(step.Hex)) return;
        var lineage = Lineage.Of(plan, step).IfNone(() => throw new InvalidOperationException());
        var (n, d) = (Accounting.Parameters(lineage.Model).Active / 1e3, lineage.Images * lineage.Model.Tokens / 5e2);
        var work = lab.Steps.Begin(step.Hex, 1);
        new Measurements(1, DateTimeOffset.UnixEpoch, 1, [new Measurement("loss", 0.05 + Math.Pow(n, -0.3) + Math.Pow(d, -0.3))]).Save(work.Directory);
        work.Commit();
    }

    static Study Studied(string fit, string more = "") => StudyText.Read($$"""
        {
          "name": "surface", "claim": "none: a test's losses", "source": "this test", "cost": "none", "command": "none",
          "codec": { "like": "tiny-c4", "fitOn": ["photos"] },
          "datasets": { "photos": "scene-photos", "val": "scene-photos-val" },
          "run": { "model": "tiny-d20-l2-c4", "stages": [
            { "kind": "pretrain", "dataset": "photos", "train": "tiny-isoflop" },
            { "kind": "held-out-loss", "dataset": "val", "draws": 1 } ] },
          "axes": [
            { "kind": "values", "path": "model", "of": ["tiny-d20-l2-c4", "tiny-d24-l2-c4", "tiny-d32-l2-c4", "tiny-d48-l2-c4", "tiny-d64-l2-c4", "tiny-d96-l2-c4", "tiny-d128-l2-c4"] },
            { "kind": "budgets", "trainMacs": [6e9, 18e9, 54e9, 162e9, 486e9], "minSteps": 5, "maxSteps": 200000 } ],
          "fits": [{{fit}}]{{more}}
        }
        """, Option<string>.None).Match(Succ: study => study, Fail: mistakes => throw new InvalidOperationException(string.Join('\n', mistakes)));

    public void Dispose()
    {
        if (Directory.Exists(lab.Root)) Directory.Delete(lab.Root, recursive: true);
    }
}
