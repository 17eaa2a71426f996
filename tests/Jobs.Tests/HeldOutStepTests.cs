using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Xunit;

namespace Flow.Jobs.Tests;

/// <summary>What a held-out measurement leaves of a model that learns its variance, as DiT does.</summary>
public sealed class HeldOutStepTests : IDisposable
{
    const string Study = """
        {
          "name": "bound",
          "codec": { "like": "tiny", "fitOn": ["photos"], "fitSamples": 24 },
          "datasets": { "photos": { "kind": "synthetic", "layout": "imagenet", "scenes": 24 } },
          "run": { "model": { "like": "tiny-d40-l2", "learnSigma": true }, "stages": [
            { "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-pretrain", "steps": 8, "batch": 8, "diffusion": { "loss": "hybrid" } } },
            { "kind": "held-out-loss", "dataset": "photos", "draws": 10 } ] }
        }
        """;

    readonly string root = Directory.CreateTempSubdirectory("flow-heldout-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task RowsHaveTheLossByTenthsOfTheTimeRange_AndTheBoundInBitsPerDimension()
    {
        var plan = Plan.Of(StudyText.Read(Study).Match(Succ: study => study, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));
        var lab = new Lab(root, 2);
        Assert.Empty((await new StudyRunner(lab, new PerceptionStudy.Quiet()).Run(plan, root, CancellationToken.None)).Failures);
        var rows = lab.Results.Query("select metric, value, low, high, unit from results where stage = 'held-out-loss'").Rows
            .ToDictionary(row => $"{row[0]}", row => (Value: (double)row[1]!, Low: (double)row[2]!, High: (double)row[3]!, Unit: $"{row[4]}"));
        Assert.All(rows.Values, row => Assert.InRange(row.Value, row.Low, row.High));
        // Ten draws a sample, stratified: each bucket has one of every sample, so that the buckets' mean is the loss.
        double[] buckets = [.. Enumerable.Range(0, 10).Select(b => rows[$"loss_bucket_{b}"].Value)];
        Assert.Equal(rows["loss"].Value, buckets.Average(), 1e-9);
        Assert.True(buckets[0] > buckets[9], "a model that has hardly trained tells noise from an image at high noise first");
        Assert.Equal("bits/dim", rows["bits_per_dim"].Unit);
        // The sum over a thousand steps is larger than the mean term, and both are positive.
        Assert.InRange(rows["vb"].Value, 0, rows["bits_per_dim"].Value);
    }
}
