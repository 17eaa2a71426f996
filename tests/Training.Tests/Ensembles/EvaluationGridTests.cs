using Flow.Domain.Diffusion;
using Flow.Domain.Random;
using Flow.Training.Ensembles;
using Flow.Training.Metrics;
using Xunit;

namespace Flow.Training.Tests.Ensembles;

public sealed class EvaluationGridTests
{
    [Fact]
    public void CellsThatDifferInTheEnsembleAlone_ShareOneChain()
    {
        var grid = from steps in new[] { 1, 5 }
                   from members in new[] { 1, 2, 10 }
                   from reduction in new[] { EnsembleReduction.Mean, EnsembleReduction.Median }
                   select new SamplerSpec(Steps: steps, Ensemble: members, Reduction: reduction);
        var chains = SharedChain.Of(grid);
        Assert.Equal([1, 5], chains.Select(c => c.Draw.Steps));
        Assert.All(chains, c => Assert.Equal(10, c.Draw.Ensemble));
        Assert.All(chains, c => Assert.Equal(6, c.Cells.Count));
    }

    [Fact]
    public void ASmallerEnsemble_IsTheFirstMembersOfALarger()
    {
        double[][] members = [[1, 9], [2, 1], [9, 2]];
        Assert.Equal([1.5f, 5f], EvaluationGrid.Reduced(members, new SamplerSpec(Ensemble: 2)));
        Assert.Equal([2f, 2f], EvaluationGrid.Reduced(members, new SamplerSpec(Ensemble: 3, Reduction: EnsembleReduction.Median)));
        Assert.Throws<ArgumentException>(() => EvaluationGrid.Reduced(members, new SamplerSpec(Ensemble: 4)));
    }

    [Theory]
    [InlineData(EnsembleReduction.Mean)]
    [InlineData(EnsembleReduction.Median)]
    [InlineData(EnsembleReduction.AlignedMedian)]
    public void MoreMembers_PredictNoisyDepthBetter(EnsembleReduction reduction)
    {
        SamplerSpec[] cells = [new(Ensemble: 1, Reduction: reduction), new(Ensemble: 9, Reduction: reduction)];
        var results = EvaluationGrid.Evaluate(SharedChain.Of(cells)[0], Samples(count: 12, members: 9), new PredictionCost(100), seed: 1);
        var (one, nine) = (results[0].Metrics["absrel"], results[1].Metrics["absrel"]);
        Assert.Equal(12, results[0].Samples);
        Assert.True(nine.High < one.Low, $"{nine} against {one}");
        Assert.Equal(results[0].Values["absrel"].Average(), one.Value, 12);
    }

    [Fact]
    public void MacsPerSample_CountEveryPassOfEveryMember_AndEachDecoding()
    {
        var cost = new PredictionCost(Forward: 10, Encode: 3, Decode: 100);
        Assert.Equal(3 + 110, cost.Macs(new SamplerSpec(Steps: 1)));
        Assert.Equal(3 + 4 * (5 * 10 + 100), cost.Macs(new SamplerSpec(Steps: 5, Ensemble: 4)));
        Assert.Equal(3 + 2 * 5 * 10 + 100, cost.Macs(new SamplerSpec(Steps: 5, Guidance: 2)));
        Assert.Equal(3 + 9 * 10 + 100, cost.Macs(new SamplerSpec(Steps: 5, Sampler: SamplerKind.Heun)));
    }

    [Fact]
    public void SamplesWithoutAValidPixel_AreCountedOut()
    {
        var blank = new SamplePredictions([[1f, 2f]], p => TaskScore.Depth(p, [0f, 0f], [false, false], new DepthProtocol()));
        var seen = new SamplePredictions([[1f, 2f]], p => TaskScore.Depth(p, [3f, 4f], [true, true], new DepthProtocol()));
        var cell = EvaluationGrid.Evaluate(SharedChain.Of([new SamplerSpec()])[0], [blank, seen], new PredictionCost(100), seed: 1).Single();
        Assert.Equal(1, cell.Samples);
        Assert.Throws<ArgumentException>(() => EvaluationGrid.Evaluate(SharedChain.Of([new SamplerSpec()])[0], [blank], new PredictionCost(100), seed: 1));
    }

    [Fact]
    public void FlowRows_HoldThePlainErrorAndTheFittedOne()
    {
        float[] truth = [1, 2, 3, 4, 0, 1, 0, 2];
        var rows = TaskScore.Flow([.. truth.Select(x => 2 * x)], truth, [true, true, true, true]).Single().ToDictionary(r => r.Metric, r => r.Value);
        Assert.True(rows["epe"] > 1);
        Assert.InRange(rows["epe_fitted"], 0, 1e-5);
    }

    [Fact]
    public void AmodalRows_HoldCeilingAndCopyBaseline()
    {
        // 4 pixels: object at 0 and 1, of which 0 is visible and 1 is white
        byte[] whole = [9, 9, 9, 255, 255, 255, 255, 255, 255, 255, 255, 255];
        float[] prediction = [.. Enumerable.Repeat(new[] { -1f, -1f, 1f, 1f }, 3).SelectMany(x => x)];
        var rows = TaskScore.Amodal(prediction, whole, [true, true, false, false], [true, false, false, false], GrayWeights.Rgb)
            .ToDictionary(r => r.Metric, r => r.Value);
        Assert.Equal((1.0, 0.5, 0.5), (rows["iou"], rows["iou_ceiling"], rows["iou_copy_visible"]));
    }

    /// <summary>Affine-invariant depth with independent noise in every member, normalised as a network would.</summary>
    static IEnumerable<SamplePredictions> Samples(int count, int members) => Enumerable.Range(0, count).Select(s =>
    {
        var truth = Enumerable.Range(0, 100).Select(p => 3 + MathF.Sin(p * 0.1f + s) + p * 0.02f).ToArray();
        var valid = truth.Select(_ => true).ToArray();
        return new SamplePredictions(
            [.. Enumerable.Range(0, members).Select(m =>
            {
                var noise = new float[truth.Length];
                new CounterRandom(2, Purpose.Noise, m, s).Normal(noise);
                return truth.Select((g, p) => (g - 4) / 2 + 0.3f * noise[p]).ToArray();
            })],
            p => TaskScore.Depth(p, truth, valid, new DepthProtocol()));
    });
}
