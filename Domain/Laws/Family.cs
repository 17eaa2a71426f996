using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>What one side of a comparison is known by.</summary>
/// <param name="Loss">The law of its loss; L*(C) where it has profiles.</param>
/// <param name="Profiles">Its isoFLOP laws, when sizes and data are to be compared too.</param>
public sealed record Family(string Name, PowerLawFit Loss, Option<IsoFlopFit> Profiles);
