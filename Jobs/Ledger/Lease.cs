namespace Flow.Jobs.Ledger;

/// <summary>The right to write a step, until a moment. Whoever holds the largest fence holds it; nobody else may commit or publish.</summary>
/// <param name="Fence">Also the number of the attempt in the step store.</param>
/// <param name="Attempt">How often the step has been started, this time included.</param>
public sealed record Lease(string Step, string Study, string Label, string Kind, long Fence, long Attempt)
{
    /// <summary>
    /// How long a silent worker keeps its steps. With the sweep of the others every few seconds, one that was killed is noticed in under
    /// 40 s; the heartbeat is five times as fast, so that a busy database costs no lease.
    /// </summary>
    public const int Milliseconds = 30_000;

    public static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(Milliseconds);

    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);
}
