using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Flow.EndToEnd.Jobs;

/// <summary>Issue 8, line 3: whatever happens to the processes of a long training, it ends with the numbers of an undisturbed one.</summary>
[Trait("Kind", "Kill")]
public sealed class SurvivalTests : IDisposable
{
    static readonly TimeSpan Soon = TimeSpan.FromMinutes(10);
    static readonly Lazy<(IReadOnlyList<string> Results, IReadOnlyList<string> Curves)> undisturbed = new(Undisturbed);

    readonly JobsProcesses jobs = new();
    readonly string study;

    public SurvivalTests() => study = jobs.Study(TrainingStudy);

    const string TrainingStudy = """
        {
          "name": "long", "claim": "none: a training to disturb", "source": "this test", "cost": "half a minute", "command": "flow submit study.json",
          "codec": { "like": "tiny", "fitOn": ["depth"], "fitSamples": 24 },
          "datasets": { "depth": { "kind": "synthetic", "layout": "hypersim", "scenes": 24 } },
          "run": { "model": "tiny-d40-l2", "stages": [
            { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": { "like": "tiny-perception", "steps": 1500, "batch": 8 } },
            { "kind": "held-out-loss", "dataset": "depth", "task": "depth" } ] }
        }
        """;

    public void Dispose() => jobs.Dispose();

    [Fact]
    public void Training_SurvivesAbortTermAndKill_AndEndsAsIfUndisturbed()
    {
        jobs.Flow("submit", study);
        var worker = jobs.Worker();
        var training = Until(() => Steps().SingleOrDefault(step => Is(step, "kind", "fine-tune") && Is(step, "state", "running") && HasCheckpoint(step)));
        var name = training.GetProperty("step").GetString()!;

        // An abort in native code, which raises its signal until it is obeyed, and what the kernel does when memory runs out: the worker lives
        // on and tries again.
        var child = ChildOf(worker);
        JobsProcesses.Signal(child, "ABRT");
        JobsProcesses.Signal(child, "ABRT");
        Until(() => Running(name, attempt: 2));
        JobsProcesses.Signal(ChildOf(worker), "KILL");
        Until(() => Running(name, attempt: 3));
        Assert.False(worker.HasExited);
        Assert.Equal(["abort", "out of memory"], Events(name).Where(happened => Is(happened, "event", "fault")).Select(Cause));

        // SIGTERM: a checkpoint, and the step is handed back in under 30 s.
        var signalled = DateTimeOffset.UtcNow;
        JobsProcesses.Signal(worker.Id, "TERM");
        Assert.True(worker.WaitForExit(Soon));
        Assert.InRange(At(name, "handed-back") - signalled, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(30));

        // SIGKILL: noticed in under 60 s.
        var killed = jobs.Worker();
        Until(() => Running(name, attempt: 4));
        jobs.Worker();
        signalled = DateTimeOffset.UtcNow;
        killed.Kill();
        Until(() => Running(name, attempt: 5));
        Assert.InRange(At(name, "lost") - signalled, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(60));

        AssertDoneOnce(name);
        AssertUndisturbedNumbers();
        var from = File.ReadAllLines(Path.Combine(jobs.Store, "logs", name + ".jsonl")).Count(line => line.Contains("goes on from step", StringComparison.Ordinal));
        Assert.True(from >= 4, $"only {from} attempts went on from a checkpoint");
    }

    [Fact]
    public void Sleeper_ThatWakesUpAfterItsLease_WritesNothing()
    {
        jobs.Flow("submit", study);
        var sleeper = jobs.Worker();
        var training = Until(() => Steps().SingleOrDefault(step => Is(step, "kind", "fine-tune") && Is(step, "state", "running") && HasCheckpoint(step)));
        var name = training.GetProperty("step").GetString()!;
        var child = ChildOf(sleeper);
        JobsProcesses.Signal(sleeper.Id, "STOP");
        JobsProcesses.Signal(child, "STOP"); // as a machine would sleep: all of it
        jobs.Worker();
        Until(() => Running(name, attempt: 2));
        JobsProcesses.Signal(child, "CONT");
        JobsProcesses.Signal(sleeper.Id, "CONT");
        AssertDoneOnce(name);
        AssertUndisturbedNumbers();
        Assert.False(sleeper.HasExited);
    }

    void AssertDoneOnce(string training)
    {
        Until(() => jobs.Flow("jobs", "show", "long").GetProperty("study") is var row && Is(row, "state", "done") ? row : default);
        Assert.Single(Events(training), happened => Is(happened, "event", "done"));
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(jobs.Store, "work")));
    }

    void AssertUndisturbedNumbers()
    {
        Assert.Equal(undisturbed.Value.Results, StoreNumbers.Results(jobs));
        Assert.Equal(undisturbed.Value.Curves, StoreNumbers.Curves(jobs));
    }

    static (IReadOnlyList<string> Results, IReadOnlyList<string> Curves) Undisturbed()
    {
        using var alone = new JobsProcesses();
        alone.Flow("run", alone.Study(TrainingStudy), "--parallel", "2");
        return (StoreNumbers.Results(alone), StoreNumbers.Curves(alone));
    }

    /// <summary>When the ledger was told of it.</summary>
    DateTimeOffset At(string step, string happened) => Events(step).Last(row => Is(row, "event", happened)).GetProperty("at").GetDateTimeOffset();

    static string Cause(JsonElement fault) => fault.GetProperty("text").GetString()! is var text && text.Contains("abort", StringComparison.Ordinal) ? "abort"
        : text.Contains("out of memory", StringComparison.Ordinal) ? "out of memory" : text;

    IEnumerable<JsonElement> Steps() => jobs.Flow("jobs", "ls", "--all").GetProperty("steps").EnumerateArray();

    IEnumerable<JsonElement> Events(string step) => jobs.Flow("jobs", "show", step).GetProperty("events").EnumerateArray();

    JsonElement Running(string name, int attempt) => jobs.Flow("jobs", "show", name).GetProperty("step") is var step
        && Is(step, "state", "running") && step.GetProperty("attempt").GetInt32() == attempt && step.GetProperty("optimizer_step").ValueKind == JsonValueKind.Number ? step : default;

    bool HasCheckpoint(JsonElement step) => Directory.EnumerateDirectories(Path.Combine(jobs.Store, "work"), step.GetProperty("step").GetString() + "-*")
        .Any(work => Directory.Exists(Path.Combine(work, "checkpoints")) && Directory.EnumerateFileSystemEntries(Path.Combine(work, "checkpoints")).Any(path => !Path.GetFileName(path).StartsWith('.')));

    static bool Is(JsonElement element, string property, string value) => element.GetProperty(property).GetString() == value;

    static int ChildOf(Process worker) => Directory.EnumerateDirectories($"/proc/{worker.Id}/task")
        .SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(child => int.Parse(child, CultureInfo.InvariantCulture)).Single();

    JsonElement Until(Func<JsonElement> found)
    {
        // Each look is a process of the program, which takes its time from what is tested.
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Soon; Thread.Sleep(1000))
            if (found() is { ValueKind: not JsonValueKind.Undefined } answer) return answer;
        throw new TimeoutException($"waited too long\n{jobs.Flow("jobs", "ls", "--all")}\n{jobs.Logs()}");
    }
}
