using System.CommandLine;
using Flow.Domain;
using Flow.Domain.Compute;
using Flow.Domain.Laws;
using static LanguageExt.Prelude;

namespace Flow.Cli.Commands;

/// <summary>`flow plan`: from devices, hours and a law to a run, and with --loss from a loss to its price.</summary>
public static class PlanCommand
{
    static readonly Option<string> Gpu = new("--gpu") { Description = "Device: A100, H100, H200, L4, ..., or custom:TFLOPS", DefaultValueFactory = _ => "H100" };
    static readonly Option<int> Count = new("--count") { Description = "How many devices", DefaultValueFactory = _ => 1 };
    static readonly Option<double?> Hours = new("--hours") { Description = "For how many hours" };
    static readonly Option<double> Mfu = new("--mfu") { Description = "Model FLOPs utilisation, in (0, 1]", DefaultValueFactory = _ => 0.4 };
    static readonly Option<double?> Price = new("--price") { Description = "Dollars for one device and hour" };
    static readonly Option<string> Law = new("--law") { Description = $"{string.Join(", ", AllocationLaw.Published.Map(l => l.Name))}, or a study of the store with isoFLOP rows", Required = true };
    static readonly Option<double> Backward = new("--backward") { Description = "MACs of a backward pass in units of the forward pass", DefaultValueFactory = _ => new CountingRules().BackwardPerForward };
    static readonly Option<bool> Recompute = new("--count-recompute") { Description = "Count gradient checkpointing's second forward pass" };
    static readonly Option<string> Metric = new("--metric") { Description = "Metric of the study's rows", DefaultValueFactory = _ => "loss" };
    static readonly Option<double?> Loss = new("--loss") { Description = "The inverse: what this loss costs, instead of --hours" };
    static readonly Option<string?> Models = new("--models") { Description = "Named sizes to choose from, with commas (default: DiT with patch 2, or those like the study's)" };
    static readonly Option<bool> Interpolate = new("--interpolate") { Description = "Also sizes between two named ones" };
    static readonly Option<int> Batch = new("--batch") { Description = "Images per optimizer step", DefaultValueFactory = _ => 256 };
    static readonly Option<double?> Images = new("--images") { Description = "Images of the data set, for the epochs" };
    static readonly Option<double> Predictions = new("--predictions") { Description = "Predictions that the budget must also pay for" };
    static readonly Option<int> Passes = new("--passes") { Description = "Forward passes of one prediction: denoising steps x ensemble members", DefaultValueFactory = _ => 1 };

    public static Command Build() => Verb.Of(
        "plan", "Turn devices and hours into the run that a law makes of them",
        [Gpu, Count, Hours, Mfu, Price, Backward, Recompute, Law, Metric, Loss, Models, Interpolate, Batch, Images, Predictions, Passes], (call, cancel) =>
    {
        var (device, hours) = Checked(call);
        var (law, models) = PlanLaw.Of(call.Store, call.Get(Law), call.Get(Metric), call.Get(Models), cancel);
        var place = new Placement(device, call.Get(Mfu), Optional(call.Get(Price)), new CountingRules(call.Get(Backward), call.Get(Recompute)));
        var request = new PlanRequest(place, call.Get(Count), hours, law, models, call.Get(Batch), Optional(call.Get(Images)),
            call.Get(Interpolate), call.Get(Predictions), call.Get(Passes));
        if (call.Get(Loss) is { } loss)
        {
            var price = LossPrice.Of(request, loss).Carried("no price");
            call.Answer(price.Json(), price.Text());
        }
        else
        {
            var plan = Planner.Plan(request).Carried("no plan");
            call.Answer(PlanReport.Json(plan), PlanReport.Text(plan));
        }
        return Task.FromResult(Verb.Done);
    });

    /// <summary>The device and the hours; every option out of range in one answer. With --loss the hours follow, and any will do.</summary>
    static (Device Device, double Hours) Checked(Call call)
    {
        var device = Device.Find(call.Get(Gpu));
        var mistakes = new[]
        {
            device.MatchUnsafe<SpecError?>(_ => null, unknown => unknown with { Path = "--gpu" }),
            (call.Get(Hours), call.Get(Loss)) switch
            {
                (null, null) => new SpecError("--hours", "nothing", "too little: give --hours, or --loss for the inverse"),
                ({ } given, { }) => new SpecError("--hours", $"{given} with --loss", "one too many: the hours follow from the loss"),
                _ => null,
            },
            Above("--hours", call.Get(Hours)), Above("--loss", call.Get(Loss)), Above("--count", call.Get(Count)), Above("--batch", call.Get(Batch)),
            Above("--passes", call.Get(Passes)), Above("--price", call.Get(Price)), Above("--images", call.Get(Images)), Above("--backward", call.Get(Backward)),
            call.Get(Mfu) is > 0 and <= 1 ? null : new SpecError("--mfu", $"{call.Get(Mfu)}", "not in (0, 1]"),
            call.Get(Predictions) >= 0 ? null : new SpecError("--predictions", $"{call.Get(Predictions)}", "negative"),
        }.OfType<SpecError>().ToArray();
        if (mistakes.Length > 0) throw new BadInputException("this can't be planned:", new LanguageExt.Seq<SpecError>(mistakes));
        return (device.IfLeft(unknown => throw new BadInputException(unknown.ToString())), call.Get(Hours) ?? 1);
    }

    static SpecError? Above(string option, double? given) => given is { } value && !(value > 0 && double.IsFinite(value)) ? new SpecError(option, $"{value}", "not positive") : null;
}
