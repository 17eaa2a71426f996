using Flow.Domain.Random;

namespace Flow.Dataflow.Streaming;

/// <summary>
/// The order of one dataset in one epoch, a pure function of (dataset, seed, epoch): the row groups are permuted, every few of them form a
/// window, and the rows of a window are permuted. Any position can be looked up without walking to it; only a window is ever in memory.
/// </summary>
public sealed class EpochOrder
{
    readonly IReadOnlyList<int> groupRows;
    readonly int windowGroups;
    readonly int[] groups;
    readonly long[] windowStarts;
    readonly long key;
    readonly int seed;

    /// <param name="groupRows">Rows of every row group of the dataset.</param>
    /// <param name="key">Stands for the dataset's hash.</param>
    public EpochOrder(IReadOnlyList<int> groupRows, long key, int seed, int epoch, int windowGroups)
    {
        (this.groupRows, this.key, this.seed, this.windowGroups, Epoch) = (groupRows, key, seed, windowGroups, epoch);
        groups = [.. Enumerable.Range(0, groupRows.Count)];
        Shuffle(groups.AsSpan(), new CounterRandom(seed, Purpose.Order, epoch, key));
        Windows = (groups.Length + windowGroups - 1) / windowGroups;
        windowStarts = new long[Windows + 1];
        for (var window = 0; window < Windows; window++)
            windowStarts[window + 1] = windowStarts[window] + Groups(window).Sum(group => (long)groupRows[group]);
    }

    public int Epoch { get; }

    public int Windows { get; }

    /// <summary>First position of a window; of the one after the last: the number of samples.</summary>
    public long Start(int window) => windowStarts[window];

    /// <summary>The window that holds a position.</summary>
    public int WindowAt(long position)
    {
        var found = Array.BinarySearch(windowStarts, position);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>The row groups of a window, in the order in which they are read.</summary>
    public IReadOnlyList<int> Groups(int window) =>
        new ArraySegment<int>(groups, window * windowGroups, Math.Min(windowGroups, groups.Length - (window * windowGroups)));

    /// <summary>For each position of a window: which of its groups (by place in <see cref="Groups"/>), and which row of that.</summary>
    public (int Group, int Row)[] Rows(int window)
    {
        var rows = Groups(window).SelectMany((group, place) => Enumerable.Range(0, groupRows[group]).Select(row => (place, row))).ToArray();
        Shuffle(rows.AsSpan(), new CounterRandom(seed, Purpose.Order, Epoch, unchecked(key + 1 + window)));
        return rows;
    }

    /// <summary>Fisher and Yates.</summary>
    static void Shuffle<T>(Span<T> items, CounterRandom random)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = (int)random.Below(i, i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
