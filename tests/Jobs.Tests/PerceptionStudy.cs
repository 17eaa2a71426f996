using Flow.Domain.Planning;
using Flow.Domain.Studies;

namespace Flow.Jobs.Tests;

/// <summary>A study of one tiny model on a few rendered scenes of one perception task, with two samplers.</summary>
static class PerceptionStudy
{
    public static Plan Of(string task, string layout) => Plan.Of(StudyText.Read($$"""
        {
          "name": "{{task}}",
          "codec": { "like": "tiny", "fitOn": ["scenes"], "fitSamples": 24 },
          "datasets": { "scenes": { "kind": "synthetic", "layout": "{{layout}}", "scenes": 24 }, "val": { "kind": "synthetic", "layout": "{{layout}}", "scenes": 8, "offset": 1000 } },
          "run": { "model": "tiny-d40-l2", "stages": [
            { "kind": "fine-tune", "tasks": [{ "task": "{{task}}", "dataset": "scenes" }], "conditioning": "{{(task == "depth" ? "image-to-image" : "generalist")}}", "train": { "like": "tiny-perception", "steps": 8, "batch": 8 } },
            { "kind": "evaluate", "task": "{{task}}", "dataset": "val", "samplers": [{ "steps": 1 }, { "steps": 2, "ensemble": 3 }, { "steps": 2, "ensemble": 3, "reduction": "median" }] } ] }
        }
        """).Match(Succ: study => study, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));

    public sealed class Quiet : IProgress<StudyEvent>
    {
        public void Report(StudyEvent value) { }
    }
}
