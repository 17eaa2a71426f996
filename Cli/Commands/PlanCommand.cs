using System.CommandLine;
using System.Globalization;
using Flow.Domain;
using Flow.Domain.Compute;
using Flow.Domain.Data;
using Flow.Domain.Laws;
using Flow.Domain.Text;
using Flow.Jobs.Laws;

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
    static readonly Option<string?> Images = new("--images") { Description = "Images of the data set, for the epochs: a number, or a named data set (imagenet-256, hypersim-512, ...)" };
    static readonly Option<double> Predictions = new("--predictions") { Description = "Predictions that the budget must also pay for" };
    static readonly Option<int> Passes = new("--passes") { Description = "Forward passes of one prediction: denoising steps x ensemble members", DefaultValueFactory = _ => 1 };

    public static Command Build() => Verb.Of(
        "plan", "Turn devices and hours into the run that a law makes of them",
        [Gpu, Count, Hours, Mfu, Price, Backward, Recompute, Law, Metric, Loss, Models, Interpolate, Batch, Images, Predictions, Passes], (call, cancel) =>
    {
        var request = Checked(call, cancel);
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

    /// <summary>Mistakes are told by the options' names.</summary>
    static PlanRequest Checked(Call call, CancellationToken cancel)
    {
        try
        {
            return new PlanAsked(
                call.Get(Law), call.Get(Gpu), call.Get(Count), call.Get(Hours), call.Get(Mfu), call.Get(Price), call.Get(Metric), call.Get(Loss), call.Get(Models),
                call.Get(Interpolate), call.Get(Batch), Counted(call.Get(Images)), call.Get(Predictions), call.Get(Passes),
                new CountingRules(call.Get(Backward), call.Get(Recompute))).Checked(call.Store, cancel);
        }
        catch (BadInputException wrong) when (!wrong.Mistakes.IsEmpty)
        {
            throw new BadInputException("this can't be planned:", wrong.Mistakes.Map(mistake => mistake with { Path = $"--{mistake.Path}" }).Strict());
        }
    }

    static double? Counted(string? images)
    {
        if (images is null) return null;
        if (double.TryParse(images, NumberStyles.Float, CultureInfo.InvariantCulture, out var count)) return count;
        var known = KnownDatasets.All.Filter(named => named.Spec.Count.IsSome);
        return known.Find(named => named.Name == images).Bind(named => named.Spec.Count).Map(samples => (double)samples)
            .IfNone(() => throw new BadInputException($"--images: {images} is no number, and as a data set {Spelling.Unknown(images, known.Map(named => named.Name))}"));
    }
}
