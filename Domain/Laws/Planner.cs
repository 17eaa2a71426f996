using Flow.Domain.Compute;
using Flow.Domain.Laws.Optimise;
using Flow.Domain.Models;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>From devices, hours and a law to a run; and back from a loss to its price.</summary>
public static class Planner
{
    /// <summary>Models tried at each new budget of a sweep, a factor of two apart (scaling.md: six or more points make a profile).</summary>
    public const int SizesPerBudget = 7;

    /// <summary>
    /// The buildable model with the lowest expected loss after its predictions are paid for. Training FLOPs of an image are
    /// 2 x (1 + 2) x its forward MACs, never 6 N tokens: that overstates adaLN models.
    /// </summary>
    public static Either<Refusal, BudgetPlan> Plan(PlanRequest request)
    {
        if (request.Models.IsEmpty) return new Refusal(Reason.BadInput, "no models to choose from");
        var lengths = request.Models.Map(m => m.Tokens).Distinct().Strict();
        if (lengths.Count > 1)
            return new Refusal(Reason.BadInput, $"models of {string.Join(", ", lengths.OrderBy(t => t))} tokens per image: a law holds for one patch size and resolution, so choose models of one of them");
        if (request.Predictions > 0 && !request.Law.KnowsSizes)
            return new Refusal(Reason.NotIdentified, $"{request.Law.Name} doesn't say what a size off the optimum costs, so it can't weigh a smaller model against cheaper predictions: "
                + "plan by a law with isoFLOP profiles or a loss surface");
        var candidates = request.Interpolate ? Join.Of(request.Models, Interpolation.Around(request.Models, request.Law.Params(request.Flops).Value)) : request.Models;
        var affordable = candidates.Map(model => (Model: model, Training: request.Flops - InferenceFlops(request, model))).Filter(m => m.Training > 0).Strict();
        if (affordable.IsEmpty)
            return new Refusal(Reason.BadInput, $"{request.Predictions:G3} predictions of {request.Passes} passes cost more than the whole budget for every model: lower one of them");
        var best = affordable.OrderBy(m => request.Law.Loss(Size(m.Model), m.Training).Value)
            .ThenBy(m => Math.Abs(Math.Log(Size(m.Model) / request.Law.Params(m.Training).Value))).First();
        return Describe(request, best.Model, best.Training);
    }

    static BudgetPlan Describe(PlanRequest request, ModelSpec model, double flops)
    {
        var macs = Accounting.ForwardMacs(model);
        var images = flops / (CountingRules.FlopsPerMac * request.Place.Rules.TrainPerForward * macs);
        var loss = request.Law.Loss(Size(model), flops);
        var predictions = request.Predictions;
        var dataset = request.DatasetImages || request.Law.DatasetImages;
        var epochs = dataset.Map(size => images / size);
        return new(request.Flops,
            request.Place.Price(flops / CountingRules.FlopsPerMac, images, images * model.Tokens),
            request.Place.Price(predictions * request.Passes * macs, predictions, predictions * model.Tokens),
            request.Law.Params(flops), model, Size(model), (long)(images / request.Batch), request.Batch, dataset, epochs, loss,
            request.Law.KnowsSizes ? loss.Value / request.Law.OptimalLoss(flops).Value - 1 : double.NaN,
            NeededRuns(request.Law, flops),
            Join.Of(request.Law.Warnings, Seq(OffOptimum(request.Law, model, flops), Far(request.Law, flops), Repeated(epochs)).Somes()));
    }

    static double Size(ModelSpec model) => Accounting.Parameters(model).Active;

    static double InferenceFlops(PlanRequest request, ModelSpec model) =>
        CountingRules.FlopsPerMac * Accounting.ForwardMacs(model) * request.Passes * request.Predictions;

    /// <summary>Budgets in half decades from the law's largest up to a tenth of the plan's: with them the extrapolation is one decade.</summary>
    static Seq<double> NeededRuns(AllocationLaw law, double flops) => law.Range.Match(
        range => Enumerable.Range(1, 40).Select(i => range.High * Math.Pow(10, i / 2.0)).TakeWhile(c => c < flops / 10 * 1.001).ToSeq().Strict(),
        () => Seq<double>());

    static Option<Finding> Far(AllocationLaw law, double flops) => law.Range.Bind(range => flops > 10 * range.High
        ? Some(new Finding(Reason.Extrapolation, $"the plan lies {Math.Log10(flops / range.High):F1} decades beyond the law's largest budget of {range.High:G3} FLOPs: "
            + "held-out fits of public data miss N* by 4 to 51 % over 0.5 to 1.2 decades"))
        : None);

    static Option<Finding> OffOptimum(AllocationLaw law, ModelSpec model, double flops)
    {
        var factor = Size(model) / law.Params(flops).Value;
        return factor is > 2 or < 0.5
            ? Some(new Finding(Reason.OptimumAtEdge, $"{model.Name} has {factor:G2} times the optimal parameters: no nearer size may be built"))
            : None;
    }

    /// <summary>Muennighoff et al. (2023): repeated text is worth 1 - exp(-R/R*) of R* fresh passes, R* = 15.39. Images may differ; flips help.</summary>
    static Option<Finding> Repeated(Option<double> epochs) => epochs.Bind(e => e > 4
        ? Some(new Finding(Reason.Extrapolation, $"{e:F1} epochs: by the law of repeated data they are worth {DataConstrained.EffectiveEpochs(e):F1} of fresh data"))
        : None);

    /// <summary>The compute at which the law reaches a loss; the interval where the law's own interval reaches it.</summary>
    public static Either<Refusal, Estimate> FlopsFor(AllocationLaw law, double loss)
    {
        // The search spans every budget from a laptop's second to more than has ever been spent.
        const double Low = 1e6, High = 1e30;
        Option<double> Reaches(Func<Estimate, double> side)
        {
            double Miss(double logC) => side(law.OptimalLoss(Math.Exp(logC))) - loss;
            return Miss(Math.Log(Low)) > 0 && Miss(Math.Log(High)) < 0 ? Some(Math.Exp(Chandrupatla.Root(Miss, Math.Log(Low), Math.Log(High), 1e-10))) : None;
        }
        return Reaches(e => e.Value).Match<Either<Refusal, Estimate>>(
            value => double.IsNaN(law.OptimalLoss(value).Low)
                ? Estimate.Alone(value)
                : new Estimate(value, Reaches(e => e.Low).IfNone(0), Reaches(e => e.High).IfNone(double.PositiveInfinity)),
            () => new Refusal(Reason.NotIdentified, $"{law.Name} does not reach a loss of {loss} between {Low:G1} and {High:G1} FLOPs: "
                + $"there it goes from {law.OptimalLoss(Low).Value:G4} to {law.OptimalLoss(High).Value:G4}"));
    }
}
