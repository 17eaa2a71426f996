using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>
/// Approach 2 of Hoffmann et al. (2022): for each budget the loss over model size, its lowest point, and power laws through those. Its
/// intercepts are biased when alpha and beta differ and the grid is wide: compare with <see cref="ParametricLaw"/> by variable projection.
/// </summary>
public static class IsoFlop
{
    public static Either<Refusal, IsoFlopFit> Fit(Seq<TrainingPoint> points, IsoFlopOptions? options = null)
    {
        var how = options ?? new IsoFlopOptions();
        return Evidence.Admit(points).Bind(_ => FitProfiles(ProfileFit.Budgets(points).Map(b => ProfileFit.Of(b, how)), how));
    }

    static Either<Refusal, IsoFlopFit> FitProfiles(Seq<IsoFlopProfile> profiles, IsoFlopOptions how)
    {
        var used = profiles.Filter(p => p.Usable && !(how.DropSuspect && p.Findings.Count > 0));
        if (used.Count < 3)
            return new Refusal(Join.Of<Finding>(profiles.Bind(p => p.Findings), [new(Reason.TooFewPoints,
                $"{used.Count} of {profiles.Count} budgets have an optimum inside their range of sizes: at least 3 are needed, five or more are convincing")]));
        Either<Refusal, PowerLawFit> Law(Func<IsoFlopProfile, double> of, Floor floor) =>
            PowerLaw.Fit(used.Map(p => (p.Flops, of(p))), (how.Laws ?? new FitOptions()) with { Floor = floor });
        return from n in Law(p => Sizes(p, how.Axis).Params, Floor.None)
               from d in Law(p => Sizes(p, how.Axis).Tokens, Floor.None)
               from loss in Law(p => p.Loss.Value, (how.Laws ?? new FitOptions()).Floor)
               select new IsoFlopFit(profiles, n, d, loss, Join.Of(profiles.Bind(p => p.Findings), Seq(Budgets(used), Decades(used)).Somes(), Bent("N*", n), Bent("D*", d), loss.Warnings.Filter(OfTheForm)));
    }

    static bool OfTheForm(Finding finding) => finding.Reason is Reason.Curvature or Reason.NotIdentified or Reason.FormUndecided;

    static Seq<Finding> Bent(string of, PowerLawFit law) =>
        law.Warnings.Filter(found => found.Reason == Reason.Curvature).Map(found => found with { Text = $"{of}: {found.Text}" }).Strict();

    static Option<Finding> Budgets(Seq<IsoFlopProfile> used) => Evidence.FewPoints(used.Count, "budgets");

    static Option<Finding> Decades(Seq<IsoFlopProfile> used) =>
        Evidence.ShortRange(Math.Log10(used.Map(p => p.Flops).Max() / used.Map(p => p.Flops).Min()), "compute");

    /// <summary>
    /// Both sizes at a profile's optimum. The other one follows from the points themselves: C = k N D with the k of this budget's points
    /// (6 for language models), which for adaLN models varies slowly with size and is read at the optimum.
    /// </summary>
    static (double Params, double Tokens) Sizes(IsoFlopProfile profile, ProfileAxis axis)
    {
        var (of, other) = ProfileFit.Axes(axis);
        var points = profile.Points.Map(p => (X: Math.Log(of(p)), Y: Math.Log(other(p)))).OrderBy(p => p.X).ToArray();
        var distinct = points.Where((p, i) => i == 0 || p.X > points[i - 1].X).ToArray();
        var at = Math.Log(profile.Size.Value);
        var right = Math.Clamp(System.Array.FindIndex(distinct, p => p.X >= at), 1, distinct.Length - 1);
        var (a, b) = (distinct[right - 1], distinct[right]);
        var opposite = Math.Exp(a.Y + (at - a.X) / (b.X - a.X) * (b.Y - a.Y));
        return axis == ProfileAxis.Params ? (profile.Size.Value, opposite) : (opposite, profile.Size.Value);
    }
}
