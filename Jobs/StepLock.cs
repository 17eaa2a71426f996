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
        var folder = Path.Combine(store, "locks");
        Directory.CreateDirectory(folder);
        var told = false;
        while (true)
        {
            try
            {
                return new StepLock(new FileStream(Path.Combine(folder, step), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException)
            {
                if (!told) waiting();
                told = true;
                await Task.Delay(Poll, cancel);
            }
        }
    }

    public void Dispose() => file.Dispose();
}
