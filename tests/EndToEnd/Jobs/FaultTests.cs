using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Flow.TestData;
using Xunit;

namespace Flow.EndToEnd.Jobs;

/// <summary>
/// Issue 8, line 7: three workers on PostgreSQL run a study of 30 steps while one of them is killed every few seconds, 30 times, the database
/// is crashed twice and the disk of one worker fills up once.
/// </summary>
[Trait("Kind", "Kill")]
public sealed class FaultTests
{
    const int Kills = 30;
    const int Seed = 8;
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    const string Study = """
        {
          "name": "faults", "claim": "none: thirty steps to disturb", "source": "this test", "cost": "two minutes", "command": "flow submit study.json",
          "codec": { "like": "tiny", "fitOn": ["depth"], "fitSamples": 24 },
          "datasets": { "depth": { "kind": "synthetic", "layout": "hypersim", "scenes": 24 } },
          "run": { "model": "tiny-d40-l2", "stages": [
            { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": { "like": "tiny-perception", "steps": 300, "batch": 8 } },
            { "kind": "held-out-loss", "dataset": "depth", "task": "depth" },
            { "kind": "evaluate", "task": "depth", "dataset": "depth", "samplers": [{ "steps": 1 }] } ] },
          "axes": [{ "kind": "values", "path": "stages[0].train.seed", "of": [0, 1, 2, 3, 4, 5, 6, 7, 8] }]
        }
        """;

    [Fact]
    public void Study_EndsAsIfUndisturbed()
    {
        using var server = new PostgresServer();
        using var jobs = new JobsProcesses(server.Connection);
        var study = jobs.Study(Study);
        var disk = FullDisk(jobs.Folder);
        var random = new Random(Seed);
        var (clock, kills, flags, sick) = (Stopwatch.StartNew(), 0, 0, (Process: default(Process), Flag: ""));
        var steps = jobs.Flow("submit", study).GetProperty("steps").GetInt32();
        Assert.True(steps >= 30, $"the study has {steps} steps only");
        var metFullDisk = false;
        var flagOf = new Dictionary<int, string>();
        for (var n = 0; n < 3; n++) Start();

        while (true)
        {
            Assert.True(clock.Elapsed < Longest, $"not done in time\n{Look(jobs)}\n{jobs.Logs()}");
            Sleep(TimeSpan.FromMilliseconds(random.Next(1000, 3000)));
            // Full for a while after somebody has met it.
            if (sick.Process is not null && File.Exists(sick.Flag + ".met"))
            {
                metFullDisk = true;
                File.Delete(sick.Flag);
                sick.Process = null;
            }
            if (kills < Kills)
            {
                Assert.True(jobs.Alive.Count == 3, $"a worker ended by itself\n{jobs.Logs()}");
                Assert.True(Finished() < steps, $"the study was done before kill {kills + 1}");
                var victims = jobs.Alive.Where(worker => worker != sick.Process).ToList();
                var victim = victims[random.Next(victims.Count)];
                victim.Kill();
                victim.WaitForExit();
                kills++;
                Start();
                if (kills is 10 or 20)
                {
                    server.Stop();
                    Thread.Sleep(1000);
                    server.Start();
                }
                if (kills == 15)
                {
                    var full = jobs.Alive[random.Next(3)];
                    sick = (full, flagOf[full.Id]);
                    File.WriteAllText(sick.Flag, "");
                }
            }
            else if (Look(jobs) is var now && sick.Process is null && now.GetProperty("done").GetInt32() == steps)
            {
                break;
            }
        }

        Assert.True(metFullDisk, "no worker met the full disk");
        AssertEachOnce(jobs, steps);
        using var undisturbed = new JobsProcesses();
        undisturbed.Flow("run", study, "--parallel", "2");
        Assert.Equal(StoreNumbers.Results(undisturbed), StoreNumbers.Results(jobs));
        Assert.Equal(StoreNumbers.Curves(undisturbed), StoreNumbers.Curves(jobs));

        int Finished() => Directory.Exists(Path.Combine(jobs.Store, "steps")) ? Directory.GetDirectories(Path.Combine(jobs.Store, "steps")).Length : 0;

        // On a fast machine kills come faster: all of them must disturb.
        void Sleep(TimeSpan longest)
        {
            for (var slept = Stopwatch.StartNew(); slept.Elapsed < longest && (kills >= Kills || Finished() * Kills <= kills * steps); Thread.Sleep(100))
            {
            }
        }

        void Start()
        {
            var flag = Path.Combine(jobs.Folder, string.Create(CultureInfo.InvariantCulture, $"full-{flags++}"));
            flagOf[jobs.Worker(("LD_PRELOAD", disk), ("FLOW_FULL_DISK", flag)).Id] = flag;
        }
    }

    static JsonElement Look(JobsProcesses jobs) => jobs.Flow("jobs", "show", "faults").GetProperty("study");

    static void AssertEachOnce(JobsProcesses jobs, int steps)
    {
        var all = jobs.Flow("jobs", "show", "faults").GetProperty("steps").EnumerateArray().ToList();
        Assert.Equal(steps, all.Count);
        Assert.True(all.Sum(step => step.GetProperty("attempt").GetInt32()) > steps, "no step was disturbed");
        // The report's name is the study's identity, and is answered with the study.
        foreach (var step in all.Where(step => step.GetProperty("kind").GetString() != "report").Select(step => step.GetProperty("step").GetString()!))
            Assert.Single(jobs.Flow("jobs", "show", step).GetProperty("events").EnumerateArray(), happened => happened.GetProperty("event").GetString() is "done" or "found");
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(jobs.Store, "work")));
    }

    /// <summary>Builds the library that stands between one worker and its disk.</summary>
    static string FullDisk(string folder)
    {
        var library = Path.Combine(folder, "full-disk.so");
        using var compiler = Process.Start("cc", ["-shared", "-fPIC", "-o", library, Path.Combine(FlowProgram.Root, "tests", "EndToEnd", "Jobs", "full-disk.c"), "-ldl"]);
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? library : throw new InvalidOperationException("cc does not build full-disk.c");
    }
}
