using System.CommandLine;
using System.Globalization;
using Flow.Domain;
using Flow.Domain.Compute;
using Flow.Domain.Drawing;
using Flow.Domain.Studies;
using Flow.Domain.Text;
using Flow.Jobs;
using static LanguageExt.Prelude;

namespace Flow.Cli.Commands;

/// <summary>`flow study ...`: what the studies are, what they would cost, and what they would run.</summary>
public static class StudyCommands
{
    static readonly Argument<string> Study = new("study") { Description = "The name of one of studies/, or a study's file" };
    static readonly Option<string> Device = new("--device") { Description = "Device to price on (H100, A100, ..., custom:TFLOPS)", DefaultValueFactory = _ => "H100" };
    static readonly Option<double> Mfu = new("--mfu") { Description = "Model FLOPs utilisation, 0 to 1", DefaultValueFactory = _ => 0.4 };
    static readonly Option<double?> Price = new("--price") { Description = "Dollars for one hour of one device" };
    static readonly Option<bool> Codec = new("--count-codec") { Description = "Count encoding and decoding as well" };
    static readonly Option<bool> Recompute = new("--count-recompute") { Description = "Count gradient checkpointing's second forward pass" };
    static readonly Option<double> Backward = new("--backward") { Description = "MACs of a backward pass in units of the forward pass", DefaultValueFactory = _ => new CountingRules().BackwardPerForward };
    static readonly Option<double> PerMac = new("--flops-per-mac") { Description = "FLOPs shown for a MAC; 1 for the Gflops of the DiT papers", DefaultValueFactory = _ => CountingRules.FlopsPerMac };
    static readonly Option<bool> Spec = new("--spec") { Description = "Print the study's canonical JSON instead" };
    static readonly Option<string?> Svg = new("--svg") { Description = "Also draw the graph into this file" };

    public static Command Build() => Verb.Group("study", "The named studies: list, show, plan, run", List(), Show(), Plan(), RunCommands.Run());

    sealed record NamedStudy(string Name, string Claim, string Source, string Cost, string Command);

    static Command List() => Verb.Of("list", "The named studies and what they claim", [], async (call, cancel) =>
    {
        using var server = call.Server();
        var rows = server is null ? Here() : await server.Get<IReadOnlyList<NamedStudy>>("studies", cancel);
        call.Answer(rows, string.Join(Environment.NewLine, rows.Select(row => $"{row.Name,-12} {row.Claim}{Environment.NewLine}{"",-12} {row.Source}")));
        return Verb.Done;
    });

    static IReadOnlyList<NamedStudy> Here() =>
    [
        .. StudyFile.Named().Select(StudyFile.Find).Select(file => StudyText.ReadSpec(file.Text).Match(
            Succ: spec => new NamedStudy(file.Name, spec.Claim, spec.Source, spec.Cost, spec.Command),
            Fail: mistakes => throw new BadInputException($"{file.Path} can't be used:", mistakes))),
    ];

    static Command Show() => Verb.Of(
        "show", "The expanded runs with MACs, tokens, images, GPU-hours and dollars, before anything runs",
        [Study, RunCommands.Scale, Device, Mfu, Price, Codec, Recompute, Backward, PerMac, Spec], call =>
    {
        var file = StudyFile.Find(call.Get(Study));
        var study = file.Read(call.Get(RunCommands.Scale));
        if (call.Get(Spec))
        {
            Console.Out.WriteLine(SpecWriter.Write(study.Spec).ToString());
            return Verb.Done;
        }
        var place = Placed(call);
        var cost = StudyCost.Of(Domain.Planning.Plan.Of(study), place);
        call.Answer(
            new
            {
                study = study.Name,
                device = call.Get(Device),
                mfu = call.Get(Mfu),
                runs = cost.Runs.Map(run => new { run = run.Label, model = run.Model, cost = Document(run.Alone) }),
                total = Document(cost.Total),
                unknown = cost.Unknown,
            },
            $"{study.Spec.Claim}{Environment.NewLine}source: {study.Spec.Source}{Environment.NewLine}{Environment.NewLine}{CostTable.Of(cost, place)}");
        return Verb.Done;
    });

    static Command Plan() => Verb.Of("plan", "The graph of steps that the study comes to", [Study, RunCommands.Scale, Svg], call =>
    {
        var file = StudyFile.Find(call.Get(Study));
        var plan = Domain.Planning.Plan.Of(file.Read(call.Get(RunCommands.Scale)));
        if (call.Get(Svg) is { } path) File.WriteAllText(path, PlanSvg.Of(plan));
        call.Answer(
            plan.Steps.Map(step => new { step = step.Name.Hex, kind = Spelling.Kebab(step.Kind.ToString()), label = step.Label, reads = step.Inputs.Map(i => i.Hex) }),
            PlanText.Of(plan));
        return Verb.Done;
    });

    static Placement Placed(Call call)
    {
        var device = Domain.Compute.Device.Find(call.Get(Device));
        var mistakes = Seq(
            device.Match(Right: _ => None, Left: Some),
            call.Get(Mfu) is > 0 and <= 1 ? None : Some(new SpecError("--mfu", call.Get(Mfu).ToString(CultureInfo.InvariantCulture), "not between 0 and 1")),
            call.Get(Price) is not { } price || (price >= 0 && double.IsFinite(price)) ? None : Some(new SpecError("--price", price.ToString(CultureInfo.InvariantCulture), "negative")),
            Above("--backward", call.Get(Backward)),
            Above("--flops-per-mac", call.Get(PerMac))).Somes().ToSeq().Strict();
        if (!mistakes.IsEmpty) throw new BadInputException("this can't be priced:", mistakes);
        return new Placement(
            device.IfLeft(unknown => throw new BadInputException(unknown.ToString())), call.Get(Mfu), Optional(call.Get(Price)),
            new CountingRules(call.Get(Backward), call.Get(Recompute), call.Get(Codec), call.Get(PerMac)));
    }

    static LanguageExt.Option<SpecError> Above(string option, double given) =>
        given > 0 && double.IsFinite(given) ? None : Some(new SpecError(option, given.ToString(CultureInfo.InvariantCulture), "not positive"));

    static object? Document(LanguageExt.Option<Cost> cost) => cost.MatchUnsafe<object?>(
        Some: c => new { macs = c.Macs, flops = c.Flops, images = c.Images, tokens = c.Tokens, gpu_hours = c.GpuHours, dollars = c.Dollars.MatchUnsafe<double?>(d => d, () => null) },
        None: () => null);
}
