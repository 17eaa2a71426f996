namespace Flow.Storage.Steps;

/// <summary>An attempt at a step: the directory it may write into until it commits. Left uncommitted, it waits for the next attempt.</summary>
public sealed class StepWork
{
    readonly StepStore store;

    internal StepWork(StepStore store, string name, long attempt, string directory) =>
        (this.store, Name, Attempt, Directory) = (store, name, attempt, directory);

    public string Name { get; }

    public long Attempt { get; }

    /// <summary>Where the step writes; holds the checkpoints of the attempt before, if there was one.</summary>
    public string Directory { get; }

    /// <summary>To be asked before something is written that takes long to make: whoever slept must not go on where another has taken over.</summary>
    /// <exception cref="StaleAttemptException">A later attempt took the directory, or the step is finished.</exception>
    public void ThrowIfTaken() => store.ThrowIfTaken(this);

    /// <summary>Flushes everything to disk and gives the directory its final name. Close all files in it before.</summary>
    /// <exception cref="StaleAttemptException">A later attempt has taken over, or has finished: this one's work is void.</exception>
    public void Commit() => store.Commit(this);
}
