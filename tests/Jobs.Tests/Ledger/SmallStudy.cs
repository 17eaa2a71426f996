using Flow.Domain;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using LanguageExt;

namespace Flow.Jobs.Tests.Ledger;

/// <summary>Two tiny models on a few rendered scenes; seconds to run.</summary>
static class SmallStudy
{
    /// <param name="second">The study's second model; studies that differ in it share all that the first one needs.</param>
    public static Plan Plan(string name = "small", string second = "tiny-d48-l2") => Planned(StudyText.Read($$"""
        {
          "name": "{{name}}",
          "codec": { "like": "tiny", "fitOn": ["depth"], "fitSamples": 24 },
          "datasets": { "depth": { "like": "scene-depth", "scenes": 24 } },
          "run": { "model": "tiny-d40-l2", "stages": [
            { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": { "like": "tiny-perception", "steps": 6, "batch": 8 } },
            { "kind": "evaluate", "task": "depth", "dataset": "depth", "samplers": [{ "steps": 1 }] } ] },
          "axes": [{ "kind": "branches", "of": [{ "label": "D40", "set": { "model": "tiny-d40-l2" } }, { "label": "second", "set": { "model": "{{second}}" } }] }]
        }
        """));

    /// <summary>So many trainings, each with a measurement; to be queued, not to be run.</summary>
    public static Plan OfSeeds(int trainings) => Planned(StudyText.Read($$"""
        {
          "name": "seeds", "codec": { "like": "tiny", "fitOn": ["depth"] }, "datasets": { "depth": { "like": "scene-depth", "scenes": 24 } },
          "run": { "model": "tiny-d40-l2", "stages": [
            { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": { "like": "tiny-perception", "steps": 6, "batch": 8 } },
            { "kind": "held-out-loss", "dataset": "depth", "task": "depth" } ] },
          "axes": [{ "kind": "values", "path": "stages[0].train.seed", "of": [{{string.Join(", ", Enumerable.Range(0, trainings))}}] }]
        }
        """));

    static Plan Planned(Validation<SpecError, Study> study) => Domain.Planning.Plan.Of(study.Match(Succ: study => study, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));
}
