using System.CommandLine;
using Flow.Domain;
using Flow.Domain.Laws;
using Flow.Jobs.Laws;

namespace Flow.Cli.Commands;

/// <summary>`flow fit`: a law through a study's rows or through anybody's points, with its intervals and what the evidence can't carry.</summary>
public static class FitCommand
{
    static readonly Option<string?> Study = new("--study") { Description = "Study of the store whose rows are fitted" };
    static readonly Option<string?> Points = new("--points") { Description = "CSV file whose points are fitted, instead of a study" };
    static readonly Option<string> Columns = new("--columns") { Description = "Columns of --points: params=N,tokens=D,flops=C,loss=L, or x=..,y=..; also run=, weight=", DefaultValueFactory = _ => "" };
    static readonly Option<string> Where = new("--where") { Description = "Only rows of --points with these values: COLUMN=VALUE, several with commas", DefaultValueFactory = _ => "" };
    static readonly Option<string> Form = new("--form") { Description = $"Form of the law: {string.Join(", ", PointsFit.Forms)}", DefaultValueFactory = _ => "power" };
    static readonly Option<string> Metric = new("--metric") { Description = "Metric of the study: loss, absrel, delta1_error, epe, ...", DefaultValueFactory = _ => "loss" };
    static readonly Option<string> Axis = new("--x") { Description = $"Axis of the study: {string.Join(", ", StudyRows.Axes)}", DefaultValueFactory = _ => "train_macs" };
    static readonly Option<string?> Task = new("--task") { Description = "Only rows of this perception task: depth, flow, amodal" };
    static readonly Option<int?> SamplerSteps = new("--sampler-steps") { Description = "Only rows of samplers with so many denoising steps" };
    static readonly Option<int?> Ensemble = new("--ensemble") { Description = "Only rows of ensembles of so many" };
    static readonly Option<Floor> Irreducible = new("--floor") { Description = "Irreducible term: Chosen by hindcast, None, or Fitted", DefaultValueFactory = _ => Floor.Chosen };
    static readonly Option<double?> Huber = new("--huber") { Description = "Huber's delta of log residuals (default: least squares; parametric 1e-3)" };
    static readonly Option<int> Resamples = new("--resamples") { Description = "Bootstrap resamples", DefaultValueFactory = _ => new FitOptions().Resamples };
    static readonly Option<int?> Nearest = new("--nearest") { Description = "isoflop: only so many sizes around the lowest one enter a budget's parabola" };
    static readonly Option<Vertex> Lowest = new("--vertex") { Description = "isoflop: the lowest loss by a Parabola or by Interpolation", DefaultValueFactory = _ => Vertex.Parabola };
    static readonly Option<bool> Projection = new("--projection") { Description = "parametric: variable projection instead of Huber's loss (no bias when alpha and beta differ)" };
    static readonly Option<string?> Plot = new("--plot") { Description = "Draw points, law, band and extrapolation into this .svg or .png file" };

    public static Command Build() => Verb.Of(
        "fit", "Fit a law to a study's results or to a CSV file",
        [Study, Points, Columns, Where, Form, Metric, Axis, Task, SamplerSteps, Ensemble, Irreducible, Huber, Resamples, Nearest, Lowest, Projection, Plot], (call, cancel) =>
    {
        var answer = (call.Get(Points), call.Get(Study)) switch
        {
            ({ } file, null) => OfFile(call, file),
            (null, { } study) => OfStudy(call, study, cancel),
            (null, null) => throw new BadInputException("nothing to fit: give --study NAME, or --points FILE.csv"),
            _ => throw new BadInputException("--study and --points exclude each other: give one"),
        };
        Given.Draw(call.Get(Plot), () => answer.Figures);
        call.Answer(answer.Json, answer.Text);
        return System.Threading.Tasks.Task.FromResult(Verb.Done);
    });

    static FitAnswer OfFile(Call call, string file)
    {
        if (!File.Exists(file)) throw new BadInputException($"--points: there is no file {file}");
        return PointsFit.Run(File.ReadAllText(file), call.Get(Form), call.Get(Columns), Options(call), Profiles(call), Surface(call), call.Get(Where)).Match(
            Succ: fit => fit.Carried($"the points of {file} carry no law"),
            Fail: mistakes => throw new BadInputException($"{file} can't be fitted:", mistakes));
    }

    static FitAnswer OfStudy(Call call, string study, CancellationToken cancel) => new StudyFit(
        study, call.Get(Form), call.Get(Metric), call.Get(Axis), call.Get(Task), call.Get(SamplerSteps), call.Get(Ensemble), Options(call), Profiles(call), Surface(call)).Fit(call.Store, cancel);

    static FitOptions Options(Call call)
    {
        var (huber, resamples) = (call.Get(Huber), call.Get(Resamples));
        if (huber is { } delta && !(delta > 0)) throw new BadInputException($"--huber: {delta} is not positive");
        if (resamples < 0) throw new BadInputException($"--resamples: {resamples} is negative");
        return new(call.Get(Irreducible), huber ?? new FitOptions().HuberDelta, resamples);
    }

    static IsoFlopOptions Profiles(Call call) => call.Get(Nearest) is { } nearest and < 3
        ? throw new BadInputException($"--nearest: {nearest} sizes have no parabola; give 3 or more")
        : new(Vertex: call.Get(Lowest), Nearest: LanguageExt.Prelude.Optional(call.Get(Nearest)));

    static ParametricMethod Surface(Call call) => call.Get(Projection) ? ParametricMethod.VariableProjection : ParametricMethod.Huber;
}
