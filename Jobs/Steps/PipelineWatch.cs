using Flow.Domain.Pipelines;

namespace Flow.Jobs.Steps;

/// <summary>Writes a running step's <see cref="PipelineFile"/> every second, on a thread of the pool.</summary>
sealed class PipelineWatch : IDisposable
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    const int StretchOf = 5; // seconds that live rates are of

    readonly string directory;
    readonly Func<PipelineState?> state;
    readonly Queue<PipelineState> recent = [];
    readonly Lock gate = new();
    readonly Timer timer;

    /// <param name="state">The graph as it stands; none while it has not begun.</param>
    public PipelineWatch(string directory, Func<PipelineState?> state)
    {
        (this.directory, this.state) = (directory, state);
        timer = new Timer(_ => Write(final: false), null, Every, Every);
    }

    /// <summary>Leaves the figures of the whole attempt.</summary>
    public void Dispose()
    {
        timer.Dispose();
        Write(final: true);
    }

    void Write(bool final)
    {
        lock (gate)
        {
            if (state() is not { } now) return;
            try
            {
                PipelineFile.Of(now, final ? now : Stretch(now), !final, DateTimeOffset.UtcNow).Save(directory);
            }
            catch (IOException)
            {
                // a full disk or an attempt that was overtaken: nothing that counts is lost
            }
        }
    }

    PipelineState Stretch(PipelineState now)
    {
        recent.Enqueue(now);
        if (recent.Count > StretchOf + 1) recent.Dequeue();
        return recent.Count > 1 ? now.Since(recent.Peek()) : now;
    }
}
