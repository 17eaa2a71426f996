using System.Diagnostics;
using System.Globalization;
using Flow.TestData;
using Flow.Training.Checkpoints;
using Flow.Training.Loop;
using Xunit;

namespace Flow.Training.Tests.Loop;

public sealed class ChildProcessTests : IDisposable
{
    const int Kills = 10;

    readonly string folder = Directory.CreateTempSubdirectory("flow-train-").FullName;

    [Fact]
    [Trait("Kind", "Kill")]
    public void KilledAtTenRandomSteps_TheRunEndsAsIfUndisturbed()
    {
        var random = new System.Random(20261121);
        foreach (var step in Enumerable.Range(0, Kills).Select(_ => random.Next(1, ChildTrainer.Steps)).Order())
        {
            using var child = Start();
            WaitForStep(child, step);
            child.Kill();
            child.WaitForExit();
        }
        Finish(Start());

        var (undisturbed, log) = ChildTrainer.Alone();
        // a step done twice, before and after a kill, must have been logged with the same numbers twice
        Assert.Equal(log, Logged(0).Distinct().OrderBy(StepOf));
        Assert.Equal(TinyRuns.Numbers(undisturbed), TinyRuns.Numbers(Saved()));
    }

    [BindingFact(BindingFactAttribute.NoGroups)]
    [Trait("Kind", "Kill")]
    public void TwoWorkers_AreOneWorkerWithTheWholeBatch()
    {
        var meeting = Path.Combine(folder, "meeting");
        Process[] workers = [Start("0", "2", meeting), Start("1", "2", meeting)];
        foreach (var worker in workers) Finish(worker);

        var (_, log) = ChildTrainer.Alone();
        Assert.Equal(Logged(0), Logged(1));
        // the sums run in another order; issue 12 demands 1e-5 for 50 steps
        Assert.All(log.Zip(Logged(0)).Take(50), pair => Assert.Equal(LossOf(pair.Item1), LossOf(pair.Item2), 1e-5));
    }

    [BindingFact(BindingFactAttribute.NoGroups)]
    [Trait("Kind", "Kill")]
    public void LostWorker_StopsTheOthersWhichGoOnFromTheCheckpointInAnyNumber()
    {
        var meeting = Path.Combine(folder, "meeting");
        using var survivor = Start("0", "2", meeting);
        using var victim = Start("1", "2", meeting);
        WaitForStep(survivor, 20);
        victim.Kill();
        var since = Stopwatch.StartNew();
        Assert.True(survivor.WaitForExit(30_000), "the survivor waits for ever");
        Assert.Equal(3, survivor.ExitCode);
        Assert.Contains("worker 0 of 2 lost another one", survivor.StandardError.ReadToEnd(), StringComparison.Ordinal);
        Assert.InRange(since.Elapsed.TotalSeconds, 0, 30);

        var again = Path.Combine(folder, "again");
        foreach (var worker in Enumerable.Range(0, 4).Select(rank => Start(rank.ToString(CultureInfo.InvariantCulture), "4", again)).ToArray())
            Finish(worker);
        Assert.Equal(ChildTrainer.Steps, Saved().Step);
        var (_, log) = ChildTrainer.Alone();
        Assert.Equal(LossOf(log[^1]), LossOf(Logged(3)[^1]), 1e-5);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Until the child has logged this step, or is done.</summary>
    void WaitForStep(Process child, int step)
    {
        var patience = Stopwatch.StartNew();
        while (!child.HasExited && !Logged(0).Any(line => StepOf(line) >= step))
        {
            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(10), $"step {step} never came");
            Thread.Sleep(2);
        }
    }

    static void Finish(Process child)
    {
        using (child)
            Assert.True(child.WaitForExit(600_000) && child.ExitCode == 0, child.StandardError.ReadToEnd());
    }

    TrainingState Saved() =>
        CheckpointFolder.Latest(folder, Assert.Fail).Match(TrainingCheckpoint.State, () => throw new InvalidOperationException("no checkpoint"));

    string[] Logged(int rank)
    {
        var log = ChildTrainer.LogOf(folder, rank);
        return File.Exists(log) ? File.ReadAllText(log).Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
    }

    static int StepOf(string line) => int.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture);

    static double LossOf(string line) => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);

    Process Start(params string[] worker) => Process.Start(
        new ProcessStartInfo("dotnet", [typeof(ChildTrainer).Assembly.Location, folder, .. worker]) { RedirectStandardError = true })!;
}
