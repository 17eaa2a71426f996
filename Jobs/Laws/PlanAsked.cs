using Flow.Domain;
using Flow.Domain.Compute;
using Flow.Domain.Laws;
using static LanguageExt.Prelude;

namespace Flow.Jobs.Laws;

/// <summary>What a person gives the planner: devices and hours with a law, or a loss whose price is wanted.</summary>
/// <param name="Gpu">A known device, or custom:TFLOPS.</param>
/// <param name="Price">Dollars for one device and hour.</param>
/// <param name="Law">A published law, or a study of the store with isoFLOP rows.</param>
/// <param name="Loss">The inverse: what this loss costs, instead of hours.</param>
/// <param name="Models">Named sizes with commas; null takes those that fit the law.</param>
/// <param name="Images">Of the data set, for the epochs.</param>
/// <param name="Predictions">That the budget must also pay for, each of so many forward passes.</param>
/// <param name="Rules">How a training's FLOPs are counted; null for the usual ones.</param>
public sealed record PlanAsked(
    string Law, string Gpu = "H100", int Count = 1, double? Hours = null, double Mfu = 0.4, double? Price = null, string Metric = "loss", double? Loss = null,
    string? Models = null, bool Interpolate = false, int Batch = 256, double? Images = null, double Predictions = 0, int Passes = 1, CountingRules? Rules = null)
{
    /// <summary>The request for the planner.</summary>
    /// <exception cref="BadInputException">With every field out of range, each by its name; or the law or a model is unknown.</exception>
    public PlanRequest Checked(string store, CancellationToken cancel)
    {
        var device = Device.Find(Gpu);
        var mistakes = new[]
        {
            device.MatchUnsafe<SpecError?>(_ => null, unknown => unknown with { Path = "gpu" }),
            (Hours, Loss) switch
            {
                (null, null) => new SpecError("hours", "nothing", "too little: give hours, or a loss for the inverse"),
                ({ } given, { }) => new SpecError("hours", $"{given} with a loss", "one too many: the hours follow from the loss"),
                _ => null,
            },
            Above("hours", Hours), Above("loss", Loss), Above("count", Count), Above("batch", Batch), Above("passes", Passes), Above("price", Price), Above("images", Images),
            Above("backward", Rules?.BackwardPerForward),
            Mfu is > 0 and <= 1 ? null : new SpecError("mfu", $"{Mfu}", "not in (0, 1]"),
            Predictions >= 0 ? null : new SpecError("predictions", $"{Predictions}", "negative"),
        }.OfType<SpecError>().ToArray();
        if (mistakes.Length > 0) throw new BadInputException("this can't be planned:", new LanguageExt.Seq<SpecError>(mistakes));
        var (law, models) = PlanLaw.Of(store, Law, Metric, Models, cancel);
        var place = new Placement(device.IfLeft(unknown => throw new BadInputException(unknown.ToString())), Mfu, Optional(Price), Rules ?? new CountingRules());
        return new PlanRequest(place, Count, Hours ?? 1, law, models, Batch, Optional(Images), Interpolate, Predictions, Passes);
    }

    static SpecError? Above(string field, double? given) => given is { } value && !(value > 0 && double.IsFinite(value)) ? new SpecError(field, $"{value}", "not positive") : null;
}
