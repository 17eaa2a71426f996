using System.Diagnostics;
using Flow.Training.Checkpoints;
using Flow.Training.Loop;
using Xunit;

namespace Flow.Training.Tests.Loop;

public sealed class KillTests : IDisposable
{
    const int Kills = 10;

    readonly string folder = Directory.CreateTempSubdirectory("flow-kill-").FullName;

    [Fact]
    [Trait("Kind", "Kill")]
    public void KilledAtTenRandomSteps_TheRunEndsAsIfUndisturbed()
    {
        var random = new System.Random(20261121);
        foreach (var step in Enumerable.Range(0, Kills).Select(_ => random.Next(1, KilledTrainer.Steps)).Order())
            KillAfter(step + random.Next(2));
        using (var last = Start()) Assert.True(last.WaitForExit(120_000) && last.ExitCode == 0, last.StandardError.ReadToEnd());

        var lines = new List<string>();
        TrainingState? undisturbed = null;
        Trainer.Run(TinyRuns.Run(KilledTrainer.Steps), TinyRuns.Batches(), TinyRuns.Hooks(
            (state, _) => undisturbed = TinyRuns.Copy(state), report: row => lines.Add(KilledTrainer.Line(row))), default);
        // a step done twice, before and after a kill, must have been logged with the same numbers twice
        Assert.Equal(lines, Logged().Distinct().OrderBy(line => int.Parse(line.Split(' ')[0])));
        var survived = CheckpointFolder.Latest(folder, Assert.Fail).Match(TrainingCheckpoint.State, () => throw new InvalidOperationException());
        Assert.Equal(TinyRuns.Numbers(undisturbed!), TinyRuns.Numbers(survived));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>SIGKILL as soon as the child has logged this step; a child that is past it already dies at once.</summary>
    void KillAfter(int step)
    {
        using var child = Start();
        var patience = Stopwatch.StartNew();
        while (!child.HasExited && !Logged().Any(line => line.StartsWith($"{step} ", StringComparison.Ordinal)))
        {
            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(2), $"step {step} never came");
            Thread.Sleep(2);
        }
        child.Kill();
        child.WaitForExit();
    }

    string[] Logged()
    {
        var log = Path.Combine(folder, "log");
        // the last piece may be half a line, of a child killed while it wrote
        return File.Exists(log) ? [.. File.ReadAllText(log).Split('\n').SkipLast(1)] : [];
    }

    Process Start() => Process.Start(new ProcessStartInfo("dotnet", [typeof(KilledTrainer).Assembly.Location, folder])
    {
        RedirectStandardError = true,
    })!;
}
