namespace Flow.Dataflow.Streaming;

/// <summary>The reading of one row group for one window.</summary>
/// <param name="Number">Place of this read in the stream, from 0.</param>
/// <param name="Source">Number of the dataset.</param>
/// <param name="Group">Number of the row group in its dataset.</param>
/// <param name="Place">Place of the group in its window.</param>
sealed record GroupRead(long Number, int Source, EpochOrder Order, int Window, int Group, int Place);

/// <summary>
/// What to read, in the order in which it will be needed: for each dataset window after window, epoch after epoch, and between datasets by
/// the slot at which the mixture first asks for the window.
/// </summary>
sealed class StreamPlan(IReadOnlyList<StreamDataset> datasets, Mixture mixture, StreamSpec spec)
{
    /// <summary>Endless, unless the stream has an end.</summary>
    public IEnumerable<GroupRead> Reads()
    {
        var firstSlot = spec.Start * spec.Batch;
        var endSlot = spec.Stop is { } stop ? stop * spec.Batch : long.MaxValue;
        var number = 0L;
        var next = new PriorityQueue<IEnumerator<WindowVisit>, (long Slot, int Source)>();
        void Queue(IEnumerator<WindowVisit> windows)
        {
            if (windows.MoveNext()) next.Enqueue(windows, (windows.Current.Slot, windows.Current.Source));
        }

        for (var source = 0; source < datasets.Count; source++) Queue(Windows(source, mixture.CountBefore(source, firstSlot)).GetEnumerator());
        while (next.TryDequeue(out var windows, out var due) && due.Slot < endSlot)
        {
            var visit = windows.Current;
            var groups = visit.Order.Groups(visit.Window);
            for (var place = 0; place < groups.Count; place++) yield return new GroupRead(number++, visit.Source, visit.Order, visit.Window, groups[place], place);
            Queue(windows);
        }
    }

    sealed record WindowVisit(int Source, EpochOrder Order, int Window, long Slot);

    /// <summary>The windows of a dataset from the one that holds its sample number <paramref name="position"/> (counted over epochs).</summary>
    IEnumerable<WindowVisit> Windows(int source, long position)
    {
        var samples = datasets[source].Index.Samples;
        for (var epoch = checked((int)(position / samples)); ; epoch++)
        {
            var order = datasets[source].Order(epoch, spec);
            var begin = Math.Max(position, epoch * samples);
            for (var window = order.WindowAt(begin - (epoch * samples)); window < order.Windows; window++)
                yield return new WindowVisit(source, order, window, mixture.SlotOf(source, Math.Max(begin, (epoch * samples) + order.Start(window))));
        }
    }
}
