using Flow.Domain.Planning;
using Flow.Domain.Studies;

namespace Flow.Jobs.Tests.Ledger;

/// <summary>Two tiny models on a few rendered scenes; seconds to run.</summary>
static class SmallStudy
{
    /// <param name="second">The study's second model; studies that differ in it share all that the first one needs.</param>
    public static Plan Plan(string name = "small", string second = "tiny-d48-l2") => Domain.Planning.Plan.Of(StudyText.Read($$"""
        {
          "name": "{{name}}",
          "codec": { "like": "tiny", "fitOn": ["depth"], "fitSamples": 24 },
          "datasets": { "depth": { "like": "scene-depth", "scenes": 24 } },
          "run": { "model": "tiny-d40-l2", "stages": [
            { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": { "like": "tiny-perception", "steps": 6, "batch": 8 } },
            { "kind": "evaluate", "task": "depth", "dataset": "depth", "samplers": [{ "steps": 1 }] } ] },
          "axes": [{ "kind": "branches", "of": [{ "label": "D40", "set": { "model": "tiny-d40-l2" } }, { "label": "second", "set": { "model": "{{second}}" } }] }]
        }
        """).Match(Succ: study => study, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));
}
