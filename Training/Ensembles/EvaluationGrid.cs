using Flow.Domain.Diffusion;
using Flow.Domain.Laws;
using Flow.Training.Metrics;
using LanguageExt;

namespace Flow.Training.Ensembles;

/// <summary>Samplers that differ in how many members they reduce, and how, but not in how a member is drawn: they share every member.</summary>
/// <param name="Draw">How to draw; its ensemble is the largest of the cells.</param>
/// <param name="Cells">The samplers, in the order given.</param>
public sealed record SharedChain(SamplerSpec Draw, IReadOnlyList<SamplerSpec> Cells)
{
    /// <summary>Groups a grid of samplers by what they share; a sample's ten members contain its five.</summary>
    public static IReadOnlyList<SharedChain> Of(IEnumerable<SamplerSpec> grid) =>
    [
        .. grid.Distinct()
            .GroupBy(sampler => sampler with { Ensemble = 1, Reduction = EnsembleReduction.Mean })
            .Select(chain => new SharedChain(chain.Key with { Ensemble = chain.Max(sampler => sampler.Ensemble) }, [.. chain])),
    ];
}

/// <summary>One sample's members, decoded to pixels, and how a reduced prediction of it is scored; none when it can't be.</summary>
/// <param name="Members">At least as many maps as the largest ensemble, member m at index m.</param>
public sealed record SamplePredictions(
    IReadOnlyList<float[]> Members, Func<float[], Option<IReadOnlyList<(string Metric, double Value)>>> Score);

/// <summary>Multiply-accumulates of one sample's prediction.</summary>
/// <param name="Forward">One pass of the network.</param>
/// <param name="Encode">The autoencoder on every condition, once a sample; 0 where latents are given.</param>
/// <param name="Decode">The autoencoder on one member; at few steps it outweighs the network.</param>
public sealed record PredictionCost(double Forward, double Encode = 0, double Decode = 0)
{
    public double Macs(SamplerSpec sampler) => Encode + sampler.Ensemble * (sampler.NetworkPasses * Forward + Decode);
}

/// <summary>What a cell of the grid came to: each metric's mean over samples with its bootstrap interval.</summary>
/// <param name="MacsPerSample">Of the whole prediction, all members.</param>
/// <param name="Samples">How many samples had a score.</param>
/// <param name="Values">Per metric, one value per scored sample: what paired comparisons between cells need.</param>
public sealed record EvaluatedCell(
    SamplerSpec Sampler,
    double MacsPerSample,
    int Samples,
    IReadOnlyDictionary<string, Estimate> Metrics,
    IReadOnlyDictionary<string, IReadOnlyList<double>> Values);

/// <summary>Scores every cell of a chain from one set of members.</summary>
public static class EvaluationGrid
{
    /// <summary>Reads each sample once; holds one number per sample, cell and metric.</summary>
    /// <param name="seed">Of the bootstrap, shared by all cells, so that their intervals are paired.</param>
    public static IReadOnlyList<EvaluatedCell> Evaluate(
        SharedChain chain, IEnumerable<SamplePredictions> samples, PredictionCost cost, int seed)
    {
        var scores = chain.Cells.Select(_ => new List<IReadOnlyList<(string Metric, double Value)>>()).ToArray();
        foreach (var sample in samples)
        {
            var members = sample.Members.Select(m => Array.ConvertAll(m, x => (double)x)).ToArray();
            for (var cell = 0; cell < scores.Length; cell++)
                sample.Score(Reduced(members, chain.Cells[cell])).IfSome(scores[cell].Add);
        }
        return [.. chain.Cells.Zip(scores, (sampler, of) => Summary(sampler, of, cost, seed))];
    }

    /// <summary>The first M members of a sample as one prediction.</summary>
    public static float[] Reduced(IReadOnlyList<double[]> members, SamplerSpec sampler)
    {
        if (members.Count < sampler.Ensemble)
            throw new ArgumentException($"{members.Count} members for an ensemble of {sampler.Ensemble}", nameof(members));
        var first = members.Take(sampler.Ensemble).ToArray();
        return Array.ConvertAll(Reduce(first, sampler.Reduction), x => (float)x);
    }

    // one member needs no aligning; the published pipeline skips the ensembling then, too
    static double[] Reduce(double[][] members, EnsembleReduction reduction) => members.Length == 1 ? members[0] : reduction switch
    {
        EnsembleReduction.Mean => Reduction.Mean(members),
        EnsembleReduction.Median => Reduction.Median(members),
        EnsembleReduction.AlignedMedian =>
            AlignedEnsemble.Of(members, MemberFreedom.Affine, EnsembleStatistic.Median, EnsembleSolver.Exact).Value,
        _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "unknown reduction"),
    };

    static EvaluatedCell Summary(SamplerSpec sampler, List<IReadOnlyList<(string Metric, double Value)>> scores, PredictionCost cost, int seed)
    {
        if (scores.Count == 0) throw new ArgumentException($"no sample could be scored at {sampler.Steps} steps");
        var values = scores.SelectMany(of => of).ToLookup(of => of.Metric, of => of.Value)
            .ToDictionary(of => of.Key, of => (IReadOnlyList<double>)[.. of]);
        return new(sampler, cost.Macs(sampler), scores.Count, values.ToDictionary(of => of.Key, of => SampleMean.Of(of.Value, seed)), values);
    }
}
