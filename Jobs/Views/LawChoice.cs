using System.Globalization;

namespace Flow.Jobs.Views;

/// <summary>Rows of a study through which a law may be fitted.</summary>
/// <param name="Points">Measuring steps.</param>
/// <param name="SamplerSteps">Null for metrics that need no sampler.</param>
public sealed record LawChoice(string Study, string Metric, string? Task, int? SamplerSteps, int? Ensemble, long Points)
{
    /// <summary>Of trained models with at least two measurements, the largest first within a study.</summary>
    public static IReadOnlyList<LawChoice> Of(Lab lab, CancellationToken cancel) =>
    [
        .. lab.Results.Query("""
            select study, metric, task, sampler_steps, ensemble, count(distinct step) as points from results
            where train_macs is not null and metric not in ('images_per_second', 'mfu') and metric not like 'epochs%'
            group by all having count(distinct step) > 1 order by study, task nulls first, points desc, metric, sampler_steps, ensemble
            """, cancel: cancel).Rows.Select(row => new LawChoice(
                (string)row[0]!, (string)row[1]!, (string?)row[2], Whole(row[3]), Whole(row[4]), Convert.ToInt64(row[5], CultureInfo.InvariantCulture))),
    ];

    static int? Whole(object? value) => value is null ? null : Convert.ToInt32(value, CultureInfo.InvariantCulture);
}
