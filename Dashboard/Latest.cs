namespace Flow.Dashboard;

/// <summary>
/// The newest value of each key, and whoever follows them. A follower is given everything once and then what has changed since it last
/// looked, however slow it is: it holds up nobody and never has more waiting than there are keys.
/// </summary>
public sealed class Latest<T> where T : notnull
{
    readonly Lock gate = new();
    readonly Dictionary<string, T> values = [];
    readonly List<Follower> followers = [];

    sealed class Follower(IEnumerable<string> all)
    {
        public HashSet<string> Changed { get; private set; } = [.. all];

        public SemaphoreSlim Woken { get; } = new(1, 1);

        public HashSet<string> Take() => (Changed, Changed = []).Changed;
    }

    public int Followers
    {
        get { lock (gate) return followers.Count; }
    }

    public IReadOnlyList<T> Now()
    {
        lock (gate) return [.. values.Values];
    }

    /// <summary>Replaces the value of a key by what the function makes of it; the default where there is none yet.</summary>
    public void Change(string key, Func<T?, T> change)
    {
        lock (gate)
        {
            values[key] = change(values.GetValueOrDefault(key));
            foreach (var follower in followers)
            {
                follower.Changed.Add(key);
                if (follower.Woken.CurrentCount == 0) follower.Woken.Release();
            }
        }
    }

    /// <summary>Everything, then changes in batches no more often than <paramref name="every"/>; an empty batch when nothing has changed for <paramref name="idle"/>.</summary>
    public async IAsyncEnumerable<IReadOnlyList<T>> Follow(
        TimeSpan every, TimeSpan idle, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        Follower follower;
        lock (gate) followers.Add(follower = new Follower(values.Keys));
        try
        {
            while (!cancel.IsCancellationRequested)
            {
                yield return await follower.Woken.WaitAsync(idle, cancel) ? Changes(follower) : [];
                await Task.Delay(every, cancel);
            }
        }
        finally
        {
            lock (gate) followers.Remove(follower);
        }
    }

    T[] Changes(Follower follower)
    {
        lock (gate) return [.. follower.Take().Select(key => values[key])];
    }
}
