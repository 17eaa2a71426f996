using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>The laws of compute-optimal training that follow from isoFLOP profiles: N*(C), D*(C) and L*(C).</summary>
/// <param name="Profiles">Every budget, unusable ones included.</param>
/// <param name="Params">N* = A C^a.</param>
/// <param name="Tokens">D* = A C^b.</param>
/// <param name="Loss">L* = A C^c, or with a floor.</param>
/// <param name="Warnings">What the evidence can't carry, profiles first.</param>
public sealed record IsoFlopFit(
    Seq<IsoFlopProfile> Profiles,
    PowerLawFit Params,
    PowerLawFit Tokens,
    PowerLawFit Loss,
    Seq<Finding> Warnings);
