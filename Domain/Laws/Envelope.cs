using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>The laws of the lower envelope of training curves.</summary>
/// <param name="Curves">All checkpoints, as given.</param>
/// <param name="Points">The best run at each compute: its name, size and (interpolated) loss.</param>
/// <param name="Params">N*(C).</param>
/// <param name="Loss">L*(C).</param>
public sealed record EnvelopeFit(Seq<TrainingPoint> Curves, Seq<TrainingPoint> Points, PowerLawFit Params, PowerLawFit Loss, Seq<Finding> Warnings);

/// <summary>
/// Approach 1 of Hoffmann et al. (2022): many runs, each read all along its curve; at every compute the run with the lowest loss. Meant for
/// constant learning rates: a point in the middle of a decay is not what a run of that length would have reached.
/// </summary>
public static class Envelope
{
    /// <summary>Steps of compute per decade at which the curves are compared.</summary>
    const int PerDecade = 10;

    /// <param name="curves">Checkpoints, each with the name of its run.</param>
    /// <param name="options">How the laws are fitted; the runs that win are resampled whole.</param>
    public static Either<Refusal, EnvelopeFit> Fit(Seq<TrainingPoint> curves, FitOptions? options = null) =>
        from admitted in Evidence.Admit(curves)
        let lowest = Lowest(curves)
        from size in PowerLaw.Fit(lowest.Map(p => new Observation(p.Flops, p.Params, p.Run)), (options ?? new FitOptions()) with { Floor = Floor.None })
        from loss in PowerLaw.Fit(lowest.Map(p => new Observation(p.Flops, p.Loss, p.Run)), options)
        select new EnvelopeFit(curves, lowest, size, loss, Join.Of(Warnings(lowest), loss.Warnings));

    /// <summary>
    /// The lowest loss at each compute, read by straight lines between checkpoints in log-log. Where the smallest or the largest run
    /// wins, a still smaller or larger one might have: those are left out.
    /// </summary>
    static Seq<TrainingPoint> Lowest(Seq<TrainingPoint> curves)
    {
        var runs = curves.GroupBy(p => p.Run).Select(g => g.OrderBy(p => p.Flops).ToArray()).Where(g => g.Length > 1).ToArray();
        if (runs.Length == 0) return Seq<TrainingPoint>();
        var (smallest, largest) = (runs.Min(r => r[0].Params), runs.Max(r => r[0].Params));
        var (from, to) = (Math.Log10(runs.Min(r => r[0].Flops)), Math.Log10(runs.Max(r => r[^1].Flops)));
        return Enumerable.Range(0, (int)((to - from) * PerDecade) + 1).Select(i => Math.Pow(10, from + (double)i / PerDecade))
            .Select(flops => runs.Where(r => r[0].Flops <= flops && flops <= r[^1].Flops).Select(r => Read(r, flops)).OrderBy(p => p.Loss).ToSeq())
            .Where(there => there.Count > 2).Select(there => there.Head)
            .Where(best => best.Params > smallest && best.Params < largest).ToSeq();
    }

    static TrainingPoint Read(TrainingPoint[] run, double flops)
    {
        var right = Math.Max(1, System.Array.FindIndex(run, p => p.Flops >= flops));
        var (a, b) = (run[right - 1], run[right]);
        var t = Math.Log(flops / a.Flops) / Math.Log(b.Flops / a.Flops);
        double Between(double from, double to) => Math.Exp(Math.Log(from) + t * Math.Log(to / from));
        return new(a.Params, Between(a.Tokens, b.Tokens), flops, Between(a.Loss, b.Loss), a.Run);
    }

    static Seq<Finding> Warnings(Seq<TrainingPoint> lowest)
    {
        var winners = lowest.Map(p => p.Run).Distinct().Count;
        return Evidence.FewPoints(winners, "runs on the envelope").ToSeq();
    }
}
