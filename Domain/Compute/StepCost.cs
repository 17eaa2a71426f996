using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Runs;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Compute;

/// <summary>What a step of a plan costs, before anything runs. None where the spec does not say how many samples a data set has.</summary>
public static class StepCost
{
    /// <summary>The step by itself, as if no shorter training could be continued.</summary>
    public static Option<Cost> Of(Plan plan, Step step, Placement place) => step.Payload switch
    {
        Payload.Pretrain p => Train(p.Model, p.Train, place),
        Payload.FineTune p => Train(p.Model, p.Train, place),
        Payload.HeldOutLoss p => Samples(plan, p.Data, p.MaxSamples).Map(samples => Forward(p.Model, samples * p.Draws, 1, place)),
        Payload.Evaluate p => Samples(plan, p.Data, p.MaxSamples).Map(samples => Cost.Sum(
            SharedEnsembles(p.Samplers).Map(sampler => Predict(plan, p, sampler, samples, place)))),
        Payload.Ingest p => p.Dataset.Count.Map(samples => Encode(p, samples, place)),
        // No network runs in these: rendering, fitting a linear codec, copying weights, reading numbers and drawing.
        Payload.Synth or Payload.FitCodec or Payload.Import or Payload.Upcycle or Payload.Baseline or Payload.Fit or Payload.Forecast or Payload.Verdict or Payload.Report => Some(Cost.Nothing),
        _ => throw new NotSupportedException($"the cost of {step.Kind} is not known"),
    };

    /// <summary>What is left of it when it continues its prefix.</summary>
    public static Option<Cost> Marginal(Plan plan, Step step, Placement place) =>
        Prefix(step.Payload).Match(
            Some: prefix => from all in Of(plan, step, place) from done in Of(plan, plan[prefix], place) select all - done,
            None: () => Of(plan, step, place));

    static Option<StepId> Prefix(Payload payload) => payload switch
    {
        Payload.Pretrain p => p.Prefix,
        Payload.FineTune p => p.Prefix,
        _ => None,
    };

    static Cost Train(ModelSpec model, TrainSpec train, Placement place) =>
        Forward(model, (double)train.Steps * train.Batch, place.Rules.TrainPerForward, place);

    static Cost Forward(ModelSpec model, double images, double factor, Placement place) =>
        place.Price(images * factor * Accounting.ForwardMacs(model), images, images * TokensOf(model));

    /// <summary>Image tokens, and text tokens where there are some.</summary>
    static double TokensOf(ModelSpec model) => model.Tokens + model.Caption.Map(caption => caption.Tokens).IfNone(0);

    /// <summary>An ensemble of 10 contains that of 5: samplers that differ in the ensemble alone cost the largest.</summary>
    static Seq<SamplerSpec> SharedEnsembles(Seq<SamplerSpec> samplers) => samplers
        .GroupBy(sampler => sampler with { Ensemble = 1, Reduction = EnsembleReduction.Mean })
        .Select(group => group.MaxBy(sampler => sampler.Ensemble)!)
        .ToSeq().Strict();

    static Cost Predict(Plan plan, Payload.Evaluate p, SamplerSpec sampler, double samples, Placement place)
    {
        var predictions = samples * sampler.Ensemble;
        var passes = sampler.NetworkPasses;
        var ingest = (Payload.Ingest)plan[p.Data].Payload;
        var decode = place.Rules.Codec ? CodecAccounting.DecodeMacs(ingest.Codec, ingest.Dataset.ImageSize) : 0;
        return place.Price(predictions * (passes * Accounting.ForwardMacs(p.Model) + decode), predictions, predictions * TokensOf(p.Model));
    }

    static Cost Encode(Payload.Ingest p, double samples, Placement place) => place.Rules.Codec
        ? place.Price(samples * CodecAccounting.EncodeMacs(p.Codec, p.Dataset.ImageSize), 0, 0)
        : Cost.Nothing;

    static Option<double> Samples(Plan plan, StepId data, Option<int> most) =>
        ((Payload.Ingest)plan[data].Payload).Dataset.Count.Match(
            Some: count => Some((double)most.Map(limit => Math.Min(limit, count)).IfNone(count)),
            None: () => most.Map(limit => (double)limit));
}
