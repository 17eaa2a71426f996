using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Flow.Domain.Laws;
using Flow.Domain.Planning;
using Flow.Domain.Plots;
using Flow.Domain.Studies;
using Flow.Storage.Files;
using LanguageExt;

namespace Flow.Jobs.Steps;

/// <summary>Fits a law over what the measuring steps of a study found: law.json, law.txt and law.svg.</summary>
public static class FitStep
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Run(StepContext context, Payload.Fit payload)
    {
        var rows = FitRow.Of(context.Lab, context.Plan, payload.Spec, payload.Rows);
        var answer = payload.Spec.PerModel ? PerModel(payload.Spec, rows) : Beside(payload.Spec, Law(payload.Spec, rows, "").Match(
            Right: fit => fit,
            Left: refusal => throw new StepFailure($"the points carry no law: {refusal}")));
        AtomicFile.WriteText(context.InWork("law.json"), answer.Json.ToJsonString(Indented));
        AtomicFile.WriteText(context.InWork("law.txt"), answer.Text);
        AtomicFile.WriteText(context.InWork("law.svg"), FigureSheet.ToSvg(answer.Figures));
    }

    /// <param name="model">The one model that the rows are of; empty for all of them.</param>
    static Either<Refusal, FitAnswer> Law(FitSpec spec, Seq<FitRow> rows, string model)
    {
        var y = model.Length > 0 ? $"{model}: {FitLabels.Y(spec)}" : FitLabels.Y(spec);
        return spec.Form switch
        {
            LawForm.Isoflop => IsoFlop.Fit(rows.Map(row => row.Trained(spec.X)).Strict(), new IsoFlopOptions(Nearest: spec.Nearest)).Map(fit => FitAnswer.Of(fit, y)),
            LawForm.Parametric => ParametricLaw.Fit(rows.Map(row => row.Trained(spec.X)).Strict()).Map(fit => FitAnswer.Of(fit, y)),
            LawForm.Envelope => Envelope.Fit(rows.Map(row => row.Trained(spec.X)).Strict()).Map(fit => FitAnswer.Of(fit, y)),
            LawForm.Broken => BrokenLaw.Fit(rows.Map(row => row.Along(spec.X)).Somes().ToSeq().Strict()).Map(fit => FitAnswer.Of(fit, FitLabels.X(spec), y)),
            var form => PowerLaw.Fit(rows.Map(row => row.Along(spec.X)).Somes().ToSeq().Strict(), new FitOptions(form == LawForm.PowerFloor ? Floor.Fitted : Floor.None))
                .Map(fit => FitAnswer.Of(fit, FitLabels.X(spec), y)),
        };
    }

    /// <summary>A law of each model by itself; a model whose points carry none is named with the reason.</summary>
    static FitAnswer PerModel(FitSpec spec, Seq<FitRow> rows)
    {
        var laws = rows.GroupBy(row => row.Lineage.Model.Name)
            .Select(group => (Model: group.Key, Law: Law(spec, group.ToArray().ToSeq(), group.Key).Map(answer => Beside(spec, answer)))).ToList();
        var fitted = laws.SelectMany(entry => entry.Law.RightToSeq().Map(answer => (entry.Model, Answer: answer))).ToList();
        var refused = laws.SelectMany(entry => entry.Law.LeftToSeq().Map(refusal => $"{entry.Model}: {refusal}")).ToList();
        if (fitted.Count == 0) throw new StepFailure($"the points carry no law of any model: {(refused.Count == 0 ? "there are none" : string.Join("; ", refused))}");
        foreach (var (model, answer) in fitted) answer.Json["model"] = model;
        return new(
            new JsonObject
            {
                ["laws"] = new JsonArray([.. fitted.Select(entry => entry.Answer.Json)]),
                ["refused"] = new JsonArray([.. refused.Select(text => JsonValue.Create(text))]),
            },
            string.Join('\n', fitted.Select(entry => entry.Answer.Text).Concat(refused.Select(text => $"no law of {text}"))),
            fitted.SelectMany(entry => entry.Answer.Figures).ToArray().ToSeq());
    }

    /// <summary>The published exponent beside ours, where the study names one.</summary>
    static FitAnswer Beside(FitSpec spec, FitAnswer answer) => spec.Expected.Match(
        None: () => answer,
        Some: expected =>
        {
            // Studies write y = a x^-b; fits report the exponent with its sign.
            var sign = spec.Form is LawForm.Power or LawForm.PowerFloor ? -1 : 1;
            var ours = sign * answer.Json["exponent"]!.GetValue<double>();
            answer.Json["expected"] = sign * expected;
            answer.Json["expected_within"] = spec.Within.MatchUnsafe<JsonNode?>(within => JsonValue.Create(within), () => null);
            answer.Json["as_expected"] = spec.Within.MatchUnsafe<JsonNode?>(within => JsonValue.Create(Math.Abs(ours - expected) <= within), () => null);
            var verdict = spec.Within.Match(within => Math.Abs(ours - expected) <= within ? $", within {within:G3}" : $", NOT within {within:G3}", () => "");
            return answer with { Text = string.Create(CultureInfo.InvariantCulture, $"{answer.Text}\n  published    {sign * expected:G4}: ours differs by {ours - expected:+0.####;-0.####;0}{verdict}") };
        });
}
