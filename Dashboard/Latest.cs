namespace Flow.Dashboard;

/// <summary>
/// What changes, by key, and whoever follows it. A follower is given the newest value of each key that has changed since it last looked,
/// however slow it is: it holds up nobody and never has more waiting than there are keys.
/// </summary>
public sealed class Latest<T> where T : class
{
    readonly Lock gate = new();
    readonly Dictionary<string, T> values = [];
    readonly List<Follower> followers = [];

    sealed class Follower
    {
        public HashSet<string> Changed { get; private set; } = [];

        public SemaphoreSlim Woken { get; } = new(1, 1);

        public HashSet<string> Take() => (Changed, Changed = []).Changed;
    }

    public int Followers
    {
        get { lock (gate) return followers.Count; }
    }

    /// <summary>New values of some keys; those that are equal to what was there wake nobody.</summary>
    public void Update(IReadOnlyCollection<T> given, Func<T, string> key)
    {
        lock (gate)
        {
            var changed = given.Where(value => !value.Equals(values.GetValueOrDefault(key(value)))).ToList();
            foreach (var value in changed) values[key(value)] = value;
            foreach (var follower in changed.Count == 0 ? [] : followers)
            {
                follower.Changed.UnionWith(changed.Select(key));
                if (follower.Woken.CurrentCount == 0) follower.Woken.Release();
            }
        }
    }

    /// <summary>An empty batch at once, then changes no more often than <paramref name="every"/>; an empty batch again when nothing has changed for <paramref name="idle"/>.</summary>
    public async IAsyncEnumerable<IReadOnlyList<T>> Follow(
        TimeSpan every, TimeSpan idle, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        Follower follower;
        lock (gate) followers.Add(follower = new Follower());
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
            lock (gate)
            {
                followers.Remove(follower);
                if (followers.Count == 0) values.Clear();
            }
        }
    }

    T[] Changes(Follower follower)
    {
        lock (gate) return [.. follower.Take().Select(key => values[key])];
    }
}
