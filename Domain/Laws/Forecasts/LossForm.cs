using Flow.Domain.Laws.Optimise;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws.Forecasts;

/// <summary>
/// A form of log L in (log N, log D, log C) with the starts from which its constants are sought. The logarithms are centred on the points that it is fitted to.
/// </summary>
/// <param name="Name">In a word or two.</param>
/// <param name="Formula">As printed.</param>
/// <param name="Value">log L from the constants and (log N, log D, log C).</param>
/// <param name="Starts">Constants to start from, for points whose mean log L is the argument.</param>
public sealed record LossForm(string Name, string Formula, Func<double[], LogPlace, double> Value, Func<double, Seq<double[]>> Starts)
{
    /// <summary>
    /// L*(C) = A C^b, and log L rises by c (log N - log N*)^2 off an optimum N* ~ C^a: the ridge of all isoFLOP parabolas, fitted at once. Constants: log A, b, log c, log N*, a.
    /// </summary>
    static readonly LossForm ridge = new("ridge", "A C^b at the best size, a parabola across sizes",
        (p, at) => p[0] + p[1] * at.C + Math.Exp(p[2]) * Square(at.N - p[3] - p[4] * at.C),
        mean => Seq(new[] { mean, -0.06, -4, 0, 0.25 }, new[] { mean, -0.06, -4, 0, 0.5 }));

    /// <summary>The same with L*(C) = E + A C^b. Constants: the ridge's, and log E.</summary>
    static readonly LossForm flooredRidge = new("ridge with a floor", "E + A C^b at the best size, a parabola across sizes",
        (p, at) => Sum(p[5], p[0] + p[1] * at.C) + Math.Exp(p[2]) * Square(at.N - p[3] - p[4] * at.C),
        mean => Shares.Map(e => new[] { mean + Math.Log(1 - e), -0.06 / (1 - e), -4, 0, 0.25, mean + Math.Log(e) }));

    /// <summary>E + A/N^alpha + B/D^beta (Hoffmann et al. 2022, approach 3). Constants: log E, log A, log alpha, log B, log beta.</summary>
    static readonly LossForm surface = new("surface", "E + A/N^alpha + B/D^beta",
        (p, at) => Sum(p[0], Sum(p[1] - Math.Exp(p[2]) * at.N, p[3] - Math.Exp(p[4]) * at.D)),
        SurfaceStarts);

    /// <summary>E + A/N^alpha + B N^gamma/D^beta: larger models may gain more, or less, from a token. Constants: the surface's, and gamma.</summary>
    static readonly LossForm coupled = new("coupled surface", "E + A/N^alpha + B N^gamma/D^beta",
        (p, at) => Sum(p[0], Sum(p[1] - Math.Exp(p[2]) * at.N, p[3] - Math.Exp(p[4]) * at.D + p[5] * at.N)),
        mean => SurfaceStarts(mean).Map(start => (double[])[.. start, 0.1]));

    public static readonly Seq<LossForm> All = Seq(ridge, flooredRidge, surface, coupled);

    static Seq<double> Shares => Seq(0.05, 0.3, 0.6, 0.85);

    static Seq<double[]> SurfaceStarts(double mean) =>
        (from e in new[] { 0.3, 0.6, 0.85 }
         from alpha in new[] { 0.3, 1.0 }
         from beta in new[] { 0.3, 0.6 }
         let rest = mean + Math.Log((1 - e) / 2)
         select new[] { mean + Math.Log(e), rest, Math.Log(alpha), rest, Math.Log(beta) }).ToArray().ToSeq();

    /// <summary>How many points it needs: two more than constants.</summary>
    public int Needs => Starts(0).Head.Length + 2;

    /// <summary>The law through points by least squares of log L; none with too few points.</summary>
    public Option<LossLaw> Fit(Seq<TrainingPoint> points)
    {
        if (points.Count < Needs) return None;
        var centre = new LogPlace(points.Map(p => Math.Log(p.Params)).Average(), points.Map(p => Math.Log(p.Tokens)).Average(), points.Map(p => Math.Log(p.Flops)).Average());
        var places = points.Map(p => LogPlace.Of(p).From(centre)).ToArray();
        var logLoss = points.Map(p => Math.Log(p.Loss)).ToArray();
        Minimum Search(double[] start, int iterations) => LevenbergMarquardt.Minimise(Residuals(places, logLoss), places.Length, start, iterations);
        // A few iterations tell the starts apart; only the best is followed to its end.
        var best = Starts(logLoss.Average()).Map(start => Search(start, 30)).Filter(minimum => double.IsFinite(minimum.Value)).OrderBy(minimum => minimum.Value).HeadOrNone();
        return best.Map(minimum => new LossLaw(this, Search(minimum.At, 300).At, centre));
    }

    /// <summary>Derivatives by central differences: six constants and a few dozen points cost nothing, and every form stays one line.</summary>
    Residuals Residuals(LogPlace[] places, double[] logLoss) => (at, residuals, columns) =>
    {
        const double Step = 1e-5;
        var here = at.ToArray();
        for (var i = 0; i < places.Length; i++) residuals[i] = Value(here, places[i]) - logLoss[i];
        for (var k = 0; k < here.Length; k++)
        {
            var kept = here[k];
            for (var i = 0; i < places.Length; i++)
            {
                here[k] = kept + Step;
                var above = Value(here, places[i]);
                here[k] = kept - Step;
                columns[k][i] = (above - Value(here, places[i])) / (2 * Step);
            }
            here[k] = kept;
        }
    };

    /// <summary>log(exp a + exp b).</summary>
    static double Sum(double a, double b) => Math.Max(a, b) + Math.Log(1 + Math.Exp(-Math.Abs(a - b)));

    static double Square(double v) => v * v;
}
