namespace Flow.Domain.Planning;

/// <summary>
/// The name of a step: SHA-256, in lower-case hex, of its kind, its kind's Revision, the fields that carry meaning and the names of the
/// steps that it reads. Equal names mean equal results, so a finished step is never run again.
/// </summary>
public readonly record struct StepId(string Hex) : IComparable<StepId>
{
    /// <summary>The first twelve digits, for people.</summary>
    public string Short => Hex[..12];

    public int CompareTo(StepId other) => string.CompareOrdinal(Hex, other.Hex);

    public override string ToString() => Hex;

    public static bool operator <(StepId left, StepId right) => left.CompareTo(right) < 0;

    public static bool operator >(StepId left, StepId right) => left.CompareTo(right) > 0;

    public static bool operator <=(StepId left, StepId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(StepId left, StepId right) => left.CompareTo(right) >= 0;
}
