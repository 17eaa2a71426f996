using System.Globalization;
using Flow.Domain.Text;

namespace Flow.Domain;

/// <summary>
/// One rule a line: each yields a mistake or nothing, so that a validation is the concatenation of its rules and reports them all.
/// </summary>
static class Rules
{
    public static IEnumerable<SpecError> Positive(string path, double value) => Require(value > 0, path, value, "not positive");

    public static IEnumerable<SpecError> NotNegative(string path, double value) => Require(value >= 0, path, value, "negative");

    public static IEnumerable<SpecError> AtLeast(string path, double value, double least) =>
        Require(value >= least, path, value, $"less than {CanonicalText.Number(least)}");

    public static IEnumerable<SpecError> AtMost(string path, double value, double most) =>
        Require(value <= most, path, value, $"more than {CanonicalText.Number(most)}");

    /// <summary>Inside [low, high].</summary>
    public static IEnumerable<SpecError> Within(string path, double value, double low, double high) =>
        Require(value >= low && value <= high, path, value, $"not between {CanonicalText.Number(low)} and {CanonicalText.Number(high)}");

    /// <summary>Inside [low, high).</summary>
    public static IEnumerable<SpecError> Below(string path, double value, double low, double high) =>
        Require(value >= low && value < high, path, value, $"not at least {CanonicalText.Number(low)} and below {CanonicalText.Number(high)}");

    public static IEnumerable<SpecError> Multiple(string path, int value, int of, string what) =>
        Require(of <= 0 || value % of == 0, path, value, $"not a multiple of {what} {of.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>A SHA-256 in lower-case hexadecimal.</summary>
    /// <param name="mistake">What anything else is.</param>
    public static IEnumerable<SpecError> Sha256(string path, string value, string mistake) =>
        Require(value.Length == 64 && value.All(char.IsAsciiHexDigitLower), path, value.Length == 0 ? "nothing" : value, mistake);

    public static IEnumerable<SpecError> Require(bool holds, string path, double given, string mistake) =>
        Require(holds, path, CanonicalText.Number(given), mistake);

    public static IEnumerable<SpecError> Require(bool holds, string path, string given, string mistake)
    {
        if (!holds) yield return new SpecError(path, given, mistake);
    }
}
