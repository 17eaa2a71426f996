using System.Globalization;
using Flow.Domain.Planning;
using Flow.Domain.Sweeps;
using Flow.Jobs.Ledger;
using Flow.Jobs.Report;
using Flow.Storage.Files;

namespace Flow.Jobs.Steps;

/// <summary>Draws what a study found into one self-contained page: table, baselines, laws, training curves, pictures.</summary>
public static class ReportStep
{
    const int PicturesShown = 6;
    const int CurvesShown = 12;

    public static void Run(StepContext context, Payload.Report payload)
    {
        var (lab, plan) = (context.Lab, context.Plan);
        var spec = plan.Study.Spec;
        var page = new HtmlPage(plan.Study.Name);
        foreach (var text in new[] { spec.Claim, spec.Source, spec.Notes })
            if (text.Length > 0) page.Paragraph(text);
        var race = StudyRace.Ended(lab, plan);
        Results(page, lab, plan, payload, race);
        TestTimeCompute(page, lab, plan);
        Laws(page, lab, plan, payload);
        payload.Outcome.IfSome(verdict => page.Heading("Predicted before it was trained").Figure(
            File.ReadAllText(Path.Combine(lab.Steps.Open(verdict.Hex), "verdict.svg")), File.ReadAllText(Path.Combine(lab.Steps.Open(verdict.Hex), "verdict.txt"))));
        Curves(page, lab, plan);
        Pictures(page, lab, plan);
        page.Heading("Provenance")
            .Paragraph($"study {plan.Identity.Short}, {plan.Steps.Count} steps, engine {Torch.TensorEngine.Current.Info.Engine} "
                + $"{Torch.TensorEngine.Current.Info.LibTorch}; made by `flow run`. Every number was measured by a step of this study.");
        AtomicFile.WriteText(context.InWork("report.html"), page.ToString());
    }

    static void Results(HtmlPage page, Lab lab, Plan plan, Payload.Report payload, Race race)
    {
        var rows = plan.Runs.Filter(run => !run.Steps.Exists(race.IsSkipped)).Map(run => ReportedRunRow.Of(lab, plan, run)).ToList();
        string[] metrics = [.. rows.SelectMany(row => MainMetrics(row.Task)).Distinct()];
        page.Heading("Results").Table(
            ["run", "model", "parameters", "training MACs", "images", "held-out loss", "task loss", .. metrics],
            rows.Select(row => (IReadOnlyList<string>)[row.Run, row.Model, Count(row.Params), Power(row.TrainMacs), Count(row.Images),
                    Short(row.Loss), Short(row.TaskLoss), .. metrics.Select(metric => WithInterval(row, metric))])
                .Concat(Baselines(lab, plan, payload, metrics)));
        if (!race.Stopped.IsEmpty)
            page.Heading("Stopped trials").Table(
                ["trial", "training steps", "measured", "needed to go on"],
                race.Stopped.Map(trial => (IReadOnlyList<string>)[trial.Trial, Count(trial.Steps), Short(trial.Value), Short(trial.Bar)]));
        page.Paragraph("Brackets are 95 % bootstrap intervals over samples. The baselines never look at the image: only what beats the mean map sees.");
    }

    /// <summary>The main metric of each task under every sampler, where there are several.</summary>
    static void TestTimeCompute(HtmlPage page, Lab lab, Plan plan)
    {
        var tasks = plan.Steps.Filter(step => step.Kind == StepKind.Evaluate).Map(step => ((Payload.Evaluate)step.Payload).Task.ToString().ToLowerInvariant()).Distinct();
        foreach (var metric in tasks.Select(task => MainMetrics(task).First()))
            if (SamplerTable.Of(lab.Steps, plan, metric) is { } table)
                page.Heading($"Test-time compute: {metric} by denoising steps x ensemble").Table(table.Columns, table.Rows);
    }

    static IEnumerable<IReadOnlyList<string>> Baselines(Lab lab, Plan plan, Payload.Report payload, string[] metrics) =>
        from step in payload.Baselines.AsEnumerable()
        from values in Measurements.Of(lab.Steps.Open(step.Hex)).ToArray()
        from kind in values.Values.GroupBy(value => value.Sampler)
        select (IReadOnlyList<string>)[$"baseline: {kind.Key?.Replace('_', ' ')}", "", "", "", "", "", "",
            .. metrics.Select(metric => Interval(kind.FirstOrDefault(value => value.Metric == metric)))];

    static IEnumerable<string> MainMetrics(string? task) => task switch
    {
        "depth" => ["absrel", "delta1"],
        "flow" => ["epe", "epe_fitted"],
        "amodal" => ["iou", "iou_codec_ceiling", "iou_ceiling"],
        _ => [],
    };

    static void Laws(HtmlPage page, Lab lab, Plan plan, Payload.Report payload)
    {
        if (payload.Fits.IsEmpty) return;
        page.Heading("Laws");
        foreach (var fit in payload.Fits)
            page.Figure(File.ReadAllText(Path.Combine(lab.Steps.Open(fit.Hex), "law.svg")), File.ReadAllText(Path.Combine(lab.Steps.Open(fit.Hex), "law.txt")));
    }

    static void Curves(HtmlPage page, Lab lab, Plan plan)
    {
        foreach (var (kind, title) in new[] { (StepKind.Pretrain, "Pretraining"), (StepKind.FineTune, "Fine-tuning") })
            CurvePlot.Svg(lab, title, Longest(lab, plan, kind))
                .IfSome(svg => page.Heading($"{title} curves").Figure(svg, "training loss, averaged over short windows"));
    }

    /// <summary>The trainings that no other goes on from, the longest of them where a sweep has many; by model, or by run where models repeat.</summary>
    static List<(string Name, StepId Step)> Longest(Lab lab, Plan plan, StepKind kind)
    {
        var trained = plan.Steps.Filter(step => step.Kind == kind && lab.Steps.Exists(step.Name.Hex)).ToList();
        var continued = trained.SelectMany(step => Prefix(step.Payload)).ToHashSet();
        var shown = trained.Where(step => !continued.Contains(step.Name)).OrderByDescending(step => StepsOf(step.Payload)).Take(CurvesShown)
            .Select(step => (Model: Lineage.Of(plan, step.Name).Map(lineage => lineage.Model.Name).IfNone(step.Label), step.Name)).ToList();
        return shown.Select(step => step.Model).Distinct().Count() == shown.Count
            ? shown
            : [.. shown.Select(step => (plan.Runs.Find(run => run.Steps.Contains(step.Name)).Map(run => run.Run.Label).IfNone(step.Model), step.Name))];
    }

    static IEnumerable<StepId> Prefix(Payload payload) => payload switch
    {
        Payload.Pretrain p => p.Prefix.AsEnumerable(),
        Payload.FineTune p => p.Prefix.AsEnumerable(),
        _ => [],
    };

    static int StepsOf(Payload payload) => payload switch { Payload.Pretrain p => p.Train.Steps, Payload.FineTune p => p.Train.Steps, _ => 0 };

    /// <summary>The largest model's gallery: what its samplers made of a few fixed samples.</summary>
    static void Pictures(HtmlPage page, Lab lab, Plan plan)
    {
        var evaluations = plan.Steps.Filter(step => step.Kind == StepKind.Evaluate).Rev();
        foreach (var step in evaluations.GroupBy(step => ((Payload.Evaluate)step.Payload).Task).Select(group => group.First()))
        {
            var folder = GalleryIndex.FolderOf(lab.Steps.Open(step.Name.Hex));
            if (GalleryIndex.Of(lab.Steps.Open(step.Name.Hex)) is not { } gallery) continue;
            var entries = gallery.Samples.Take(PicturesShown).ToList();
            page.Heading($"Predictions: {step.Label}").Pictures(
                ["image", "truth", .. entries[0].Predictions.Select(p => $"{p.Steps} steps, ensemble {p.Ensemble}")],
                entries.Select(entry => (IReadOnlyList<byte[]>)[Bytes(entry.Image), Bytes(entry.Truth), .. entry.Predictions.Select(p => Bytes(p.Picture))]));

            byte[] Bytes(string file) => File.ReadAllBytes(Path.Combine(folder, file));
        }
    }

    static string WithInterval(ReportedRunRow row, string metric) => Interval(row.Scores.GetValueOrDefault(metric));

    static string Interval(Measurement? value) => value is null
        ? ""
        : value is { Low: { } low, High: { } high }
            ? string.Create(CultureInfo.InvariantCulture, $"{value.Value:0.0000} [{low:0.000}, {high:0.000}]")
            : Short(value.Value);

    static string Short(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "";

    static string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    static string Power(double value) => value.ToString("0.00e0", CultureInfo.InvariantCulture);
}
