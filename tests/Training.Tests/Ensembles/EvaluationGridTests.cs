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

    [Fact]
    public void TheReferencesMedian_IsTheLowerMiddleOfAnEvenNumber()
    {
        double[][] members = [[1, 9], [2, 1]];
        Assert.Equal([1f, 1f], EvaluationGrid.Reduced(members, new SamplerSpec(Ensemble: 2, Reduction: EnsembleReduction.LowerMedian)));
        Assert.Equal([1.5f, 5f], EvaluationGrid.Reduced(members, new SamplerSpec(Ensemble: 2, Reduction: EnsembleReduction.Median)));
    }

    [Fact]
    public void Uncertainty_IsTheSpreadOfTheMembersThatAreReduced()
    {
        double[][] members = [[1, 4], [3, 4], [11, 4]];
        Assert.True(EvaluationGrid.Uncertainty(members, new SamplerSpec(Ensemble: 1)).IsNone);
        Assert.Equal([(float)Math.Sqrt(2), 0f], EvaluationGrid.Uncertainty(members, new SamplerSpec(Ensemble: 2)).Single());
        Assert.Equal([2f, 0f], EvaluationGrid.Uncertainty(members, new SamplerSpec(Ensemble: 3, Reduction: EnsembleReduction.Median)).Single());
    }

    [Theory]
    [InlineData(EnsembleReduction.Mean)]
    [InlineData(EnsembleReduction.Median)]
    [InlineData(EnsembleReduction.LowerMedian)]
    [InlineData(EnsembleReduction.AlignedMedian)]
    [InlineData(EnsembleReduction.PublishedAlignedMedian)]
    public void MoreMembers_PredictNoisyDepthBetter(EnsembleReduction reduction)
    {
        SamplerSpec[] cells = [new(Ensemble: 1, Reduction: reduction), new(Ensemble: 9, Reduction: reduction)];
        var results = Evaluated(SharedChain.Of(cells)[0], Samples(count: 12, members: 9));
        var (one, nine) = (results[0].Metrics["absrel"], results[1].Metrics["absrel"]);
        Assert.Equal(12, results[0].Samples);
        Assert.True(nine.High < one.Low, $"{nine} against {one}");
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
        var cell = Evaluated(SharedChain.Of([new SamplerSpec()])[0], [blank, seen]).Single();
        Assert.Equal(1, cell.Samples);
        Assert.Throws<ArgumentException>(() => Evaluated(SharedChain.Of([new SamplerSpec()])[0], [blank]));
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
    public void AmodalRows_HoldCeilingsAndCopyBaseline()
    {
        // 4 pixels: object at 0 and 1, of which 0 is visible and 1 is white; the codec loses 0 as well
        bool[] whole = [true, true, false, false];
        float[] prediction = [.. Enumerable.Repeat(new[] { -1f, -1f, 1f, 1f }, 3).SelectMany(x => x)];
        float[] white = [.. Enumerable.Repeat(1f, 12)];
        var rows = TaskScore.Amodal(prediction, whole)
            .Concat(TaskScore.AmodalReferences(whole, [true, false, false, false], [true, false, true, false], white)).ToDictionary(r => r.Metric, r => r.Value);
        Assert.Equal((1.0, 0.0), (rows["iou"], rows["iou_error"]));
        Assert.Equal((1.0 / 3, 0.0, 0.5), (rows["iou_ceiling"], rows["iou_codec_ceiling"], rows["iou_copy_visible"]));
    }

    static List<EvaluatedCell> Evaluated(SharedChain chain, IEnumerable<SamplePredictions> samples)
    {
        var scores = samples.Select(sample => EvaluationGrid.Scores(chain, sample)).ToList();
        return [.. chain.Cells.Select((cell, i) => EvaluationGrid.Summary(
            cell, [.. scores.SelectMany(of => of[i]).Select(found => found.ToDictionary(one => one.Metric, one => one.Value))], new PredictionCost(100), seed: 1))];
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
