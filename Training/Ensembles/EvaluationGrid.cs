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
public sealed record EvaluatedCell(SamplerSpec Sampler, double MacsPerSample, int Samples, IReadOnlyDictionary<string, Estimate> Metrics);

/// <summary>Scores every cell of a chain from one set of members.</summary>
public static class EvaluationGrid
{
    /// <summary>What each cell of a chain makes of one sample, in the chain's order; none where the sample can't be scored.</summary>
    public static IReadOnlyList<Option<IReadOnlyList<(string Metric, double Value)>>> Scores(SharedChain chain, SamplePredictions sample)
    {
        var members = Doubles(sample.Members);
        return [.. chain.Cells.Select(cell => sample.Score(Reduced(members, cell)))];
    }

    /// <summary>A cell's means over its scored samples.</summary>
    /// <param name="seed">Of the bootstrap; the same for all cells, so that their intervals are paired.</param>
    public static EvaluatedCell Summary(SamplerSpec sampler, IReadOnlyList<IReadOnlyDictionary<string, double>> scores, PredictionCost cost, int seed)
    {
        if (scores.Count == 0) throw new ArgumentException($"no sample could be scored at {sampler.Steps} steps");
        return new(sampler, cost.Macs(sampler), scores.Count, scores[0].Keys.ToDictionary(
            metric => metric, metric => SampleMean.Of([.. scores.Select(of => of[metric])], seed)));
    }

    /// <summary>The first M members of a sample as one prediction.</summary>
    public static float[] Reduced(IReadOnlyList<double[]> members, SamplerSpec sampler) => Floats(Reduce(First(members, sampler), sampler.Reduction));

    /// <summary>
    /// How far apart the first M members lie, pixel by pixel, in the units of <see cref="Reduced"/>: the standard deviation of a mean, the
    /// median absolute deviation of a median. None for a single member.
    /// </summary>
    public static Option<float[]> Uncertainty(IReadOnlyList<double[]> members, SamplerSpec sampler)
    {
        var first = First(members, sampler);
        return first.Length == 1 ? Option<float[]>.None : Floats(sampler.Reduction switch
        {
            EnsembleReduction.Mean => Reduction.StandardDeviation(first),
            EnsembleReduction.Median => Reduction.AbsoluteDeviation(first, Reduction.Median),
            EnsembleReduction.LowerMedian => Reduction.AbsoluteDeviation(first, Reduction.LowerMedian),
            _ => Aligned(first, sampler.Reduction).Uncertainty,
        });
    }

    /// <summary>Members in the precision that reductions work in.</summary>
    public static double[][] Doubles(IEnumerable<float[]> members) => [.. members.Select(member => Array.ConvertAll(member, value => (double)value))];

    static double[][] First(IReadOnlyList<double[]> members, SamplerSpec sampler) => members.Count < sampler.Ensemble
        ? throw new ArgumentException($"{members.Count} members for an ensemble of {sampler.Ensemble}", nameof(members))
        : [.. members.Take(sampler.Ensemble)];

    // one member needs no aligning; the published pipeline skips the ensembling then, too
    static double[] Reduce(double[][] members, EnsembleReduction reduction) => members.Length == 1 ? members[0] : reduction switch
    {
        EnsembleReduction.Mean => Reduction.Mean(members),
        EnsembleReduction.Median => Reduction.Median(members),
        EnsembleReduction.LowerMedian => Reduction.LowerMedian(members),
        _ => Aligned(members, reduction).Value,
    };

    static AlignedPrediction Aligned(double[][] members, EnsembleReduction reduction) => reduction switch
    {
        EnsembleReduction.AlignedMedian => AlignedEnsemble.Of(members, MemberFreedom.Affine, EnsembleStatistic.Median, EnsembleSolver.Exact),
        EnsembleReduction.PublishedAlignedMedian => AlignedEnsemble.Of(members, MemberFreedom.Affine, EnsembleStatistic.LowerMedian, EnsembleSolver.Published),
        _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "unknown reduction"),
    };

    static float[] Floats(double[] values) => Array.ConvertAll(values, value => (float)value);
}
