using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Xunit;

namespace Flow.Jobs.Tests;

/// <summary>One backbone on batches that mix depth, flow and amodal segmentation, judged task by task.</summary>
public sealed class GeneralistTests : IDisposable
{
    const string Study = """
        {
          "name": "small-generalist",
          "codec": { "like": "tiny", "fitOn": ["photos", "depth"] },
          "datasets": {
            "photos": { "like": "scene-photos", "scenes": 24 }, "depth": { "like": "scene-depth", "scenes": 24 },
            "flow": { "like": "scene-flow", "scenes": 24 }, "amodal": { "like": "scene-amodal", "scenes": 24 } },
          "run": { "model": "tiny-d48-l2", "stages": [
            { "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-pretrain", "steps": 4, "batch": 8 } },
            { "kind": "fine-tune", "conditioning": "generalist", "train": { "like": "tiny-perception", "steps": 5, "batch": 12, "flip": false },
              "tasks": [{ "task": "depth", "dataset": "depth" }, { "task": "flow", "dataset": "flow" }, { "task": "amodal", "dataset": "amodal" }] },
            { "kind": "evaluate", "task": "depth", "dataset": "depth", "samplers": [{ "steps": 1 }] },
            { "kind": "evaluate", "task": "flow", "dataset": "flow", "samplers": [{ "steps": 1 }] },
            { "kind": "evaluate", "task": "amodal", "dataset": "amodal", "samplers": [{ "steps": 1 }] } ] }
        }
        """;

    readonly string root = Directory.CreateTempSubdirectory("flow-generalist-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task MixedBatches_TrainOneModel_WithLossesAndScoresOfEachTask()
    {
        var plan = Plan.Of(StudyText.Read(Study).Match(Succ: study => study, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));
        var lab = new Lab(root, 2);
        var outcome = await new StudyRunner(lab, new Progress<StudyEvent>()).Run(plan, root, CancellationToken.None);
        Assert.Empty(outcome.Failures);
        Assert.Equal(
            ["amodal iou", "depth absrel", "flow epe"],
            lab.Results.Query("select distinct task || ' ' || metric from results where stage = 'evaluate' and metric in ('iou', 'absrel', 'epe') order by 1").Rows.Select(row => row[0]));
        Assert.Equal(
            ["loss_amodal", "loss_depth", "loss_flow"],
            lab.Results.Query("select distinct metric from curves where metric like 'loss_%' and metric <> 'loss_vb' and value > 0 order by 1").Rows.Select(row => row[0]));
    }
}
