using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>What can be wrong with the evidence for a law.</summary>
public enum Reason
{
    /// <summary>A number that has no logarithm, or a missing column.</summary>
    BadInput,
    TooFewPoints,
    FewPoints,
    ShortRange,

    /// <summary>The lowest loss of a profile is at its smallest or largest model.</summary>
    OptimumAtEdge,

    /// <summary>The points bend in a log-log plot more than their scatter explains.</summary>
    Curvature,

    /// <summary>The data do not fix a parameter: its interval spans a factor, or a bound was reached.</summary>
    NotIdentified,

    /// <summary>A single point that its neighbours contradict, or that was left out.</summary>
    SuspectPoint,

    /// <summary>The prediction lies far outside the fitted range.</summary>
    Extrapolation,

    /// <summary>Two criteria for choosing the form of the law disagree.</summary>
    FormUndecided,
}

/// <summary>One remark about the evidence, with the numbers that led to it.</summary>
public sealed record Finding(Reason Reason, string Text)
{
    public override string ToString() => Text;
}

/// <summary>Why no law was fitted at all.</summary>
public sealed record Refusal(Seq<Finding> Findings)
{
    public Refusal(Reason reason, string text) : this(Prelude.Seq1(new Finding(reason, text)))
    {
    }

    public override string ToString() => string.Join("; ", Findings.Map(f => f.Text));
}
