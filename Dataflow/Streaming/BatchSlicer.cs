using Flow.Storage.Shards;

namespace Flow.Dataflow.Streaming;

/// <summary>A row group that has been read.</summary>
sealed record LoadedGroup(GroupRead Read, ShardColumns Columns);

/// <summary>Where the sample of one slot is.</summary>
readonly record struct SlotRow(int Source, int Epoch, ShardColumns Columns, int Row);

/// <summary>The rows of one worker's share of a global batch.</summary>
sealed record BatchRows(long Position, SlotRow[] Rows);

/// <summary>
/// Walks the slots of the stream in order and cuts them into batches as far as the windows it was given reach. It holds the window each
/// dataset is in, and those that came early. Not for several threads.
/// </summary>
sealed class BatchSlicer
{
    readonly StreamSpec spec;
    readonly Mixture mixture;
    readonly SourceCursor[] cursors;
    readonly List<SlotRow> share = [];
    long slot;
    long expected;

    public BatchSlicer(IReadOnlyList<StreamDataset> datasets, Mixture mixture, StreamSpec spec)
    {
        (this.spec, this.mixture) = (spec, mixture);
        slot = spec.Start * spec.Batch;
        cursors = [.. datasets.Select((dataset, source) => new SourceCursor(source, mixture.CountBefore(source, slot) % dataset.Index.Samples))];
    }

    /// <summary>Takes the next group and gives the batches that it completes.</summary>
    public IEnumerable<BatchRows> Add(LoadedGroup group)
    {
        // After a failed read, Dataflow may let later ones through: nothing may be made of them.
        if (group.Read.Number != expected) yield break;
        expected++;
        cursors[group.Read.Source].Add(group);
        while (slot / spec.Batch is var position && position < (spec.Stop ?? long.MaxValue) && cursors[mixture.SourceAt(slot)].TryNext(out var row))
        {
            var shareSize = spec.Batch / spec.Workers;
            if (slot++ % spec.Batch / shareSize == spec.Worker) share.Add(row);
            if (slot % spec.Batch != 0) continue;
            yield return new BatchRows(position, [.. share]);
            share.Clear();
        }
    }

    /// <summary>Place of one dataset in its own order.</summary>
    sealed class SourceCursor(int source, long position)
    {
        readonly Queue<LoadedGroup[]> windows = new();
        readonly List<LoadedGroup> loading = [];
        (int Group, int Row)[] rows = [];
        LoadedGroup[] window = [];
        long next = position; // in its epoch
        int taken;

        public void Add(LoadedGroup group)
        {
            loading.Add(group);
            if (loading.Count < group.Read.Order.Groups(group.Read.Window).Count) return;
            windows.Enqueue([.. loading]);
            loading.Clear();
        }

        public bool TryNext(out SlotRow row)
        {
            row = default;
            if (taken == rows.Length)
            {
                if (!windows.TryDequeue(out var loaded)) return false;
                window = loaded;
                var read = window[0].Read;
                rows = read.Order.Rows(read.Window);
                taken = (int)(next - read.Order.Start(read.Window));
                next = read.Window + 1 == read.Order.Windows ? 0 : read.Order.Start(read.Window + 1);
            }
            var (group, inGroup) = rows[taken++];
            row = new SlotRow(source, window[group].Read.Order.Epoch, window[group].Columns, inGroup);
            return true;
        }
    }
}
