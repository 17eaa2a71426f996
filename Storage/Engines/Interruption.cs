namespace Flow.Storage.Engines;

/// <summary>
/// Interrupts a running query when a token asks for it, and again until it has ended: DuckDB forgets an interrupt that comes before the query
/// has begun, or between two chunks of its answer.
/// </summary>
sealed class Interruption : IDisposable
{
    const int AgainMilliseconds = 100;

    readonly Timer again;
    readonly CancellationTokenRegistration asked;

    /// <param name="interrupt">May come from any thread until this object is disposed of.</param>
    public Interruption(Action interrupt, CancellationToken cancel)
    {
        again = new Timer(_ => interrupt());
        asked = cancel.Register(() =>
        {
            interrupt();
            again.Change(AgainMilliseconds, AgainMilliseconds);
        });
    }

    /// <summary>Comes back when nothing interrupts any more.</summary>
    public void Dispose()
    {
        asked.Dispose();
        using var ended = new ManualResetEvent(false);
        if (again.Dispose(ended)) ended.WaitOne();
    }
}
