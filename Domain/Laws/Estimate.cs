namespace Flow.Domain.Laws;

/// <summary>A number and the interval that a bootstrap puts around it, 95 % unless the fit was asked otherwise; NaN where nobody knows one.</summary>
public readonly record struct Estimate(double Value, double Low, double High)
{
    /// <summary>Whether the interval covers a value.</summary>
    public bool Covers(double value) => Low <= value && value <= High;

    /// <summary>A number as it was printed, without an interval.</summary>
    public static Estimate Alone(double value) => new(value, double.NaN, double.NaN);

    public override string ToString() => double.IsNaN(Low) ? $"{Value:G4} (no interval)" : $"{Value:G4} ({Low:G4} to {High:G4})";
}
