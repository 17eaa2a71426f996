using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Jobs.Steps;
using Flow.Torch;
using TorchSharp;
using Xunit;

namespace Flow.Jobs.Tests;

/// <summary>A real study of two tiny models on a few rendered scenes, run through every kind of step.</summary>
public sealed class StudyRunnerTests : IDisposable
{
    const string Study = """
        {
          "name": "small",
          "codec": { "like": "tiny", "fitOn": ["photos", "depth"] },
          "datasets": { "photos": { "like": "scene-photos", "scenes": 40 }, "depth": { "like": "scene-depth", "scenes": 40 } },
          "run": { "model": "tiny-d48-l2", "stages": [
            { "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-pretrain", "steps": 6, "batch": 8 } },
            { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": { "like": "tiny-perception", "steps": 6, "batch": 8 } },
            { "kind": "held-out-loss", "dataset": "depth", "task": "depth" },
            { "kind": "evaluate", "task": "depth", "dataset": "depth", "samplers": [{ "steps": 1 }, { "steps": 2, "ensemble": 2 }] } ] },
          "axes": [{ "kind": "branches", "of": [{ "label": "D48", "set": { "model": "tiny-d48-l2" } }, { "label": "D64", "set": { "model": "tiny-d64-l2" } }] }]
        }
        """;

    readonly string root = Directory.CreateTempSubdirectory("flow-jobs-").FullName;

    sealed class Seen : IProgress<StudyEvent>
    {
        public List<StudyEvent> Events { get; } = [];

        public void Report(StudyEvent value)
        {
            lock (Events) Events.Add(value);
        }
    }

    static Plan Plan(string text) => Domain.Planning.Plan.Of(StudyText.Read(text).Match(Succ: study => study, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task EveryStepRunsOnce_AndTheSecondTimeNothingRuns()
    {
        var (lab, seen, plan) = (new Lab(root, 2), new Seen(), Plan(Study));
        var outcome = await new StudyRunner(lab, seen).Run(plan, root, CancellationToken.None);
        Assert.Empty(outcome.Failures);
        Assert.Equal(plan.Steps.Count, outcome.Ran);
        Assert.Equal(plan.Steps.Count, seen.Events.OfType<StudyEvent.Finished>().Select(e => e.Step).Distinct().Count());

        var rows = lab.Results.Query("select count(*) from results").Rows[0][0];
        var again = await new StudyRunner(lab, seen).Run(plan, root, CancellationToken.None);
        Assert.Equal(0, again.Ran);
        Assert.Equal(rows, lab.Results.Query("select count(*) from results").Rows[0][0]);
        Assert.Equal(2L, lab.Results.Query("select count(*) from results where metric = 'absrel' and sampler_steps = 1 and stage = 'evaluate'").Rows[0][0]);
        // Two trainings of 6 x 8 of 40 samples for each of two models: one whole epoch and the beginning of the next.
        Assert.Equal([(4L, 4.0)], lab.Results.Query("select count(*), sum(value) from results where metric = 'epochs_exactly_once'").Rows.Select(row => ((long)row[0]!, (double)row[1]!)));
        foreach (var training in plan.Steps.Filter(step => step.Kind is StepKind.Pretrain or StepKind.FineTune))
        {
            var epochs = EpochsSeen.Load(lab.Steps.Open(training.Name.Hex)).Epochs;
            Assert.Equal([true, null], epochs.Select(epoch => epoch.ExactlyOnce));
            Assert.Equal(epochs[0].Expected, epochs[0].Seen);
            Assert.StartsWith("8:", epochs[1].Seen, StringComparison.Ordinal);
        }
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(root, "work")));
        Assert.Contains("<svg", File.ReadAllText(Path.Combine(lab.Steps.Open(plan.Identity.Hex), "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bf16_IsPartOfTheTraining_AndSaidWhereTheDeviceIsNotFastAtIt()
    {
        var half = Study.Replace("\"like\": \"tiny-pretrain\",", "\"like\": \"tiny-pretrain\", \"precision\": \"bf16\",", StringComparison.Ordinal);
        var (lab, seen, whole, plan) = (new Lab(root, 2), new Seen(), Plan(Study), Plan(half));
        var shared = plan.Steps.Map(step => step.Name).Intersect(whole.Steps.Map(step => step.Name)).Select(name => plan[name].Kind).ToHashSet();
        Assert.Equal((true, false), (shared.Contains(StepKind.Ingest), shared.Contains(StepKind.Pretrain)));

        var pretrainings = plan.Steps.Filter(step => step.Kind == StepKind.Pretrain).Strict();
        Assert.Empty((await new StudyRunner(lab, seen).Run(plan, root, CancellationToken.None, plan.With(pretrainings.Map(step => step.Name)).ToList())).Failures);
        var said = seen.Events.OfType<StudyEvent.Noted>().Count(note => note.Text.Contains("bf16", StringComparison.Ordinal));
        Assert.Equal(TensorEngine.Current.HasFastBfloat16(torch.CPU) ? 0 : pretrainings.Count, said);
        Assert.All(pretrainings, step => Assert.Equal("cpu", Provenance.Of(lab.Steps.Open(step.Name.Hex)).Map(made => made.Device).IfNone("")));
        Assert.All(lab.Results.Query("select value from results where metric = 'mfu'").Rows, row => Assert.InRange((double)row[0]!, 1e-6, 1));
    }

    [Fact]
    public async Task FailedStep_StopsOnlyWhatNeedsIt()
    {
        var broken = Study.Replace(
            """{ "like": "scene-depth", "scenes": 40 } },""",
            """{ "kind": "folder", "layout": "hypersim", "path": "nowhere", "content": "nothing", "samples": 4, "size": 64 } },""",
            StringComparison.Ordinal).Replace("\"photos\", \"depth\"", "\"photos\"", StringComparison.Ordinal);
        var plan = Plan(broken);
        var outcome = await new StudyRunner(new Lab(root, 2), new Seen()).Run(plan, root, CancellationToken.None);
        var (step, message) = Assert.Single(outcome.Failures);
        Assert.Equal(StepKind.Ingest, step.Kind);
        Assert.Contains("nowhere", message, StringComparison.Ordinal);
        Assert.Equal(2, plan.Steps.Filter(s => s.Kind == StepKind.Pretrain && new Lab(root, 1).Steps.Exists(s.Name.Hex)).Count);
    }

    [Fact]
    public async Task Cancelled_GoesOnLaterFromWhatIsDone()
    {
        var plan = Plan(Study);
        using var cancel = new CancellationTokenSource();
        var stopAtTraining = new Progress(e =>
        {
            if (e is StudyEvent.Progressed { Detail: var detail } && detail.StartsWith("step", StringComparison.Ordinal)) _ = cancel.CancelAsync(); // as a signal would: not on the training thread
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new StudyRunner(new Lab(root, 1), stopAtTraining).Run(plan, root, cancel.Token));
        var done = new Lab(root, 1).Steps.Finished().Count;
        Assert.InRange(done, 1, plan.Steps.Count - 1);
        var outcome = await new StudyRunner(new Lab(root, 1), new Seen()).Run(plan, root, CancellationToken.None);
        Assert.Equal(plan.Steps.Count - done, outcome.Ran);
        // The training that was cut in two has one ledger: the checkpoint carried it.
        foreach (var training in plan.Steps.Filter(step => step.Kind is StepKind.Pretrain or StepKind.FineTune))
            Assert.Equal([true, null], EpochsSeen.Load(new Lab(root, 1).Steps.Open(training.Name.Hex)).Epochs.Select(epoch => epoch.ExactlyOnce));
    }

    sealed class Progress(Action<StudyEvent> report) : IProgress<StudyEvent>
    {
        public void Report(StudyEvent value) => report(value);
    }
}
