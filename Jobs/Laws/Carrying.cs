using Flow.Domain;
using Flow.Domain.Laws;
using LanguageExt;

namespace Flow.Jobs.Laws;

/// <summary>At the edge where a person asked: a refusal becomes bad input.</summary>
public static class Carrying
{
    /// <summary>The value, or bad input with the reasons of the refusal.</summary>
    public static T Carried<T>(this Either<Refusal, T> answer, string what) => answer.IfLeft(refusal => throw new BadInputException($"{what}: {refusal}"));
}
