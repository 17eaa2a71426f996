namespace Flow.Jobs.Ledger;

/// <summary>The one rule by which a step may run: everything that it reads is done, or will never be because its trial lost a race.</summary>
static class Readiness
{
    /// <summary>SQL that makes waiting steps ready.</summary>
    /// <param name="which">A condition on the steps s to look at.</param>
    public static string Promote(string which) => $"""
        update steps as s set state = 'ready', offered_ms = null
        where s.state = 'waiting' and s.held = 0 and ({which}) and not exists (
            select 1 from edges e join steps i on i.name = e.input where e.step = s.name and i.state not in ('done', 'stopped'))
        """;
}
