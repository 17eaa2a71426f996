namespace Flow.Domain.Laws;

/// <summary>A number and the interval that a bootstrap puts around it, 95 % unless the fit was asked otherwise.</summary>
public readonly record struct Estimate(double Value, double Low, double High)
{
    /// <summary>Whether the interval covers a value.</summary>
    public bool Covers(double value) => Low <= value && value <= High;

    public override string ToString() => $"{Value:G4} ({Low:G4} to {High:G4})";
}
