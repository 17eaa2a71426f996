using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Domain.Tests.Studies;
using Xunit;

namespace Flow.Domain.Tests.Planning;

/// <summary>A prediction that could have known the truth is worth nothing: the order is part of the plan.</summary>
public class ForecastPlanTests
{
    static readonly Plan Tiny = Plan.Of(CatalogTests.Read("isoflop", "tiny"));

    static Step The(StepKind kind) => Tiny.Steps.Filter(step => step.Kind == kind).Head;

    static System.Collections.Generic.HashSet<StepId> Below(StepId name) =>
        [.. Tiny[name].Inputs.Bind(input => Below(input).ToSeq()).Concat(Tiny[name].Inputs)];

    static Payload.Verdict Verdict => (Payload.Verdict)The(StepKind.Verdict).Payload;

    [Fact]
    public void TheForecast_ReadsNothingOfTheRunThatItPredicts() => Assert.DoesNotContain(Verdict.Truth, Below(The(StepKind.Forecast).Name));

    [Fact]
    public void NoLaw_ReadsTheTruthEither() =>
        Assert.All(Tiny.Steps.Filter(step => step.Kind == StepKind.Fit), fit => Assert.DoesNotContain(Verdict.Truth, Below(fit.Name)));

    /// <summary>The training waits, though it does not read the forecast and is named the same as without it.</summary>
    [Fact]
    public void TheRun_IsTrainedAfterTheForecastIsStored()
    {
        var training = Tiny[((Payload.HeldOutLoss)Tiny[Verdict.Truth].Payload).Checkpoint];
        Assert.Contains(The(StepKind.Forecast).Name, training.Inputs);
        Assert.DoesNotContain(The(StepKind.Forecast).Name, training.Payload.Inputs);
        Assert.Equal(Step.Of(training.Payload).Name, training.Name);
    }

    [Fact]
    public void TheRun_HasFourTimesTheLargestBudget()
    {
        var training = Lineage.Of(Tiny, Verdict.Truth).IfNone(() => throw new InvalidOperationException());
        var largest = Tiny.Study.Runs.Map(run => run.TrainMacs).Max();
        Assert.Equal(4, training.TotalTrainMacs / largest, 0.01);
    }

    /// <summary>Else the forecast would wait for the run that waits for it.</summary>
    [Fact]
    public void NoOtherTraining_BeginsWithOneThatWaitsForTheForecast()
    {
        var study = StudyText.Read("""
            {
              "name": "shorter", "codec": { "like": "tiny", "fitOn": ["photos", "depth"] },
              "datasets": { "photos": "scene-photos", "depth": "scene-depth" },
              "run": { "model": "tiny-d48-l2", "stages": [
                { "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-curve", "steps": 100 } },
                { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": "tiny-perception" },
                { "kind": "held-out-loss", "dataset": "depth", "task": "depth" } ] },
              "axes": [{ "kind": "values", "path": "stages[0].train.steps", "of": [200, 300] }],
              "forecast": { "trainMacs": 1e15, "stage": 1, "run": { "label": "larger" }, "y": "loss", "task": "depth" }
            }
            """).Match(Succ: right => right, Fail: mistakes => throw new InvalidDataException(string.Join('\n', mistakes)));
        var seen = new System.Collections.Generic.HashSet<StepId>();
        Assert.All(Plan.Of(study).Steps, step => Assert.True(step.Inputs.ForAll(seen.Contains) && seen.Add(step.Name), step.Label));
        var trainings = Plan.Of(study).Steps.Filter(step => step.Kind == StepKind.Pretrain).Map(step => (Payload.Pretrain)step.Payload).Strict();
        Assert.Equal([100, 200, 300], trainings.Map(training => training.Train.Steps).Order());
        Assert.Equal([300], trainings.Filter(training => training.Prefix.IsSome).Map(training => training.Train.Steps).Order());
    }

    [Fact]
    public void TheReport_ShowsTheVerdict() => Assert.Contains(The(StepKind.Verdict).Name, Tiny.Steps.Last.Inputs);

    [Theory]
    [InlineData("{ \"trainMacs\": 320e9, \"run\": { \"label\": \"known\" } }", "forecast.trainMacs")]
    [InlineData("{ \"trainMacs\": 2560e9, \"run\": { \"label\": \"x\" }, \"y\": \"absrel\", \"task\": \"depth\" }", "forecast.y")]
    [InlineData("{ \"trainMacs\": 2560e9, \"run\": { \"label\": \"x\", \"set\": { \"colour\": 1 } } }", "forecast.run")]
    [InlineData("{ \"trainMacs\": 2560e9, \"run\": { \"label\": \"x\" }, \"stage\": 7 }", "forecast.run")]
    public void AForecastThatCanNotBeMade_IsAMistakeWithItsPlace(string forecast, string place)
    {
        var text = File.ReadAllText(Path.Combine(Checkout.Root, "studies", "isoflop.json"));
        var start = text.IndexOf("\"forecast\": ", StringComparison.Ordinal) + "\"forecast\": ".Length;
        var end = text.IndexOf('\n', start);
        var mistakes = StudyText.Read(text[..start] + forecast + text[end..], "tiny").Match(Succ: _ => "no mistake", Fail: found => string.Join('\n', found));
        Assert.Contains(place, mistakes, StringComparison.Ordinal);
    }
}
