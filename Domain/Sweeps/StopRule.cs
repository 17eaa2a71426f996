using LanguageExt;

namespace Flow.Domain.Sweeps;

/// <summary>A measurement on the way of one trial.</summary>
public readonly record struct CurvePoint(int Step, double Value);

/// <summary>When to end a trial early, as a pure function of the rows seen; smaller values are better.</summary>
public abstract record StopRule
{
    StopRule() { }

    /// <summary>Whether the trial should stop after its last point.</summary>
    /// <param name="trial">Its own points, in order of step.</param>
    /// <param name="others">Those of the other trials.</param>
    public abstract bool Stops(Seq<CurvePoint> trial, Seq<Seq<CurvePoint>> others);

    /// <summary>Not finite, or above Factor x its own best: it has blown up.</summary>
    public sealed record Diverged(double Factor = 3) : StopRule
    {
        public override bool Stops(Seq<CurvePoint> trial, Seq<Seq<CurvePoint>> others) =>
            trial.LastOrNone().Exists(last => !double.IsFinite(last.Value) || last.Value > Factor * trial.Min(point => point.Value));
    }

    /// <summary>No improvement by MinDelta over the best within the last Patience points.</summary>
    public sealed record Plateau(int Patience, double MinDelta = 0) : StopRule
    {
        public override bool Stops(Seq<CurvePoint> trial, Seq<Seq<CurvePoint>> others) =>
            trial.Count > Patience
            && trial.Skip(trial.Count - Patience).Min(point => point.Value) > trial.Take(trial.Count - Patience).Min(point => point.Value) - MinDelta;
    }

    /// <summary>
    /// Its best so far is worse than the median of the other trials' running means at the same step (Golovin et al., "Google Vizier",
    /// KDD 2017, section 3.2.2), once at least MinTrials others got there.
    /// </summary>
    public sealed record Median(int MinSteps = 0, int MinTrials = 3) : StopRule
    {
        public override bool Stops(Seq<CurvePoint> trial, Seq<Seq<CurvePoint>> others)
        {
            if (trial.IsEmpty || trial.Last.Step < MinSteps) return false;
            var at = trial.Last.Step;
            var means = others.Filter(other => other.Exists(point => point.Step >= at))
                .Map(other => other.Filter(point => point.Step <= at).Map(point => point.Value).DefaultIfEmpty(double.PositiveInfinity).Average())
                .Order().ToArray();
            return means.Length >= MinTrials && trial.Min(point => point.Value) > MedianOf(means);
        }

        static double MedianOf(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
