using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Jobs;

namespace Flow.Dashboard.Tests;

/// <summary>A real study of two tiny models, run in this process: what pages show.</summary>
public static class TinyRun
{
    public static readonly Plan Study = Plan.Of(StudyText.Read("""
        {
          "name": "tiny",
          "codec": { "like": "tiny", "fitOn": ["photos", "depth"], "fitSamples": 24 },
          "datasets": { "photos": { "like": "scene-photos", "scenes": 24 }, "depth": { "like": "scene-depth", "scenes": 24 } },
          "run": { "model": "tiny-d48-l2", "stages": [
            { "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-pretrain", "steps": 30, "batch": 8 } },
            { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": { "like": "tiny-perception", "steps": 6, "batch": 8 } },
            { "kind": "evaluate", "task": "depth", "dataset": "depth", "samplers": [{ "steps": 1 }, { "steps": 2, "ensemble": 2 }] } ] },
          "axes": [{ "kind": "branches", "of": [{ "label": "D40", "set": { "model": "tiny-d40-l2" } }, { "label": "D48", "set": { "model": "tiny-d48-l2" } }] }]
        }
        """).Match(Succ: study => study, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));

    public static async Task Into(string store)
    {
        var outcome = await new StudyRunner(new Lab(store, 2), new Quiet()).Run(Study, store, CancellationToken.None);
        if (outcome.Failures.Count > 0) throw new InvalidOperationException(outcome.Failures[0].Message);
    }

    sealed class Quiet : IProgress<StudyEvent>
    {
        public void Report(StudyEvent value) { }
    }
}

/// <summary>One server over a store with a finished tiny study, for all tests of a class.</summary>
public sealed class ServedTinyRun : Xunit.IAsyncLifetime
{
    public Served Served { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Served = await Served.Start();
        await TinyRun.Into(Served.Store);
    }

    public async Task DisposeAsync() => await Served.DisposeAsync();
}
