namespace Flow.Jobs;

/// <summary>
/// At most one process of this machine runs a step: a lock on a file that the kernel gives back when its holder dies, however it dies.
/// </summary>
public sealed class StepLock : IDisposable
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    readonly FileStream file;

    StepLock(FileStream file) => this.file = file;

    /// <summary>Waits until no other process holds the step.</summary>
    public static async Task<StepLock> Take(string store, string step, Action waiting, CancellationToken cancel)
    {
        var path = PathOf(store, step);
        var told = false;
        while (true)
        {
            if (Try(path) is { } held) return held.Marked(leased: false);
            if (!told) waiting();
            told = true;
            await Task.Delay(Poll, cancel);
        }
    }

    /// <summary>
    /// For a process that holds the step's lease. It waits for `flow run`, which knows of no leases; but not for long for the process of an
    /// earlier lease: that one may sleep with the lock in its hand, and its fence keeps it from writing when it wakes up.
    /// </summary>
    /// <returns>None when an earlier lease's process still has the lock.</returns>
    public static async Task<StepLock?> TakeLeased(string store, string step, TimeSpan patience, Action waiting, CancellationToken cancel)
    {
        var path = PathOf(store, step);
        for (var waited = TimeSpan.Zero; ; waited += Poll)
        {
            if (Try(path) is { } held) return held.Marked(leased: true);
            if (waited == TimeSpan.Zero) waiting();
            if (waited >= patience && new FileInfo(path).Length > 0) return null;
            await Task.Delay(Poll, cancel);
        }
    }

    public void Dispose() => file.Dispose();

    static StepLock? Try(string path)
    {
        try
        {
            return new StepLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            return null;
        }
    }

    static string PathOf(string store, string step) => Path.Combine(Directory.CreateDirectory(Path.Combine(store, "locks")).FullName, step);

    /// <summary>A lock file with a byte in it belongs to a lease.</summary>
    StepLock Marked(bool leased)
    {
        file.SetLength(leased ? 1 : 0);
        return this;
    }
}
