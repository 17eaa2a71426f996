using Flow.Domain.Data;
using Flow.Storage.Shards;

namespace Flow.Dataflow.Streaming;

/// <summary>What was seen of one epoch of one dataset.</summary>
/// <param name="Source">Number of the dataset in the stream.</param>
public sealed record EpochCount(int Source, int Epoch, SampleLedger Seen);

/// <summary>An epoch held against the dataset's index.</summary>
/// <param name="Over">As many samples were seen as the dataset has, or a later epoch followed.</param>
public sealed record EpochVerdict(string Dataset, int Epoch, SampleLedger Seen, SampleLedger Expected, bool Over)
{
    /// <summary>Every sample of the dataset was seen, and none twice.</summary>
    public bool ExactlyOnce => Seen == Expected;
}

/// <summary>
/// The books of a run: which samples the optimizer has seen. A batch is entered when its optimizer step is done, and the ledger is kept in
/// the checkpoint beside the position, so that what was read ahead and lost in a crash never counts. Workers keep one each; their sum is
/// the run's.
/// </summary>
public sealed record EpochLedger(IReadOnlyList<EpochCount> Epochs)
{
    public static EpochLedger Empty { get; } = new([]);

    static readonly Comparer<EpochCount> InOrder = Comparer<EpochCount>.Create((a, b) => (a.Source, a.Epoch).CompareTo((b.Source, b.Epoch)));

    /// <summary>The ledger after one more batch.</summary>
    public EpochLedger Add(LatentBatch batch)
    {
        var epochs = Epochs.ToList();
        foreach (var (sample, epoch) in batch.SampleIds.Zip(batch.Epochs))
        {
            var (source, id) = BatchStream.Origin(sample);
            Enter(epochs, new EpochCount(source, epoch, default(SampleLedger).Add(id)));
        }
        return new(epochs);
    }

    /// <summary>The ledgers of two workers together.</summary>
    public EpochLedger Add(EpochLedger other)
    {
        var epochs = Epochs.ToList();
        foreach (var count in other.Epochs) Enter(epochs, count);
        return new(epochs);
    }

    /// <summary>How many epochs are over; cheap, as it is asked at every step of a training that may have had hundreds.</summary>
    public int Over(IReadOnlyList<DatasetIndex> indexes) => Enumerable.Range(0, Epochs.Count).Count(n => IsOver(n, indexes));

    /// <summary>Every epoch that was begun, held against the indexes.</summary>
    public IReadOnlyList<EpochVerdict> Verdicts(IReadOnlyList<DatasetIndex> indexes) =>
    [
        .. Epochs.Select((epoch, n) => new EpochVerdict(indexes[epoch.Source].Schema.Dataset, epoch.Epoch, epoch.Seen, indexes[epoch.Source].Ledger, IsOver(n, indexes))),
    ];

    /// <summary>The verdicts on the epochs that are over.</summary>
    public IReadOnlyList<EpochVerdict> Closed(IReadOnlyList<DatasetIndex> indexes) => [.. Verdicts(indexes).Where(verdict => verdict.Over)];

    /// <summary>Epochs are in the order of their sources and numbers, so that a later one of the same source stands next.</summary>
    bool IsOver(int n, IReadOnlyList<DatasetIndex> indexes) =>
        Epochs[n].Seen.Count >= indexes[Epochs[n].Source].Samples || (n + 1 < Epochs.Count && Epochs[n + 1].Source == Epochs[n].Source);

    static void Enter(List<EpochCount> epochs, EpochCount more)
    {
        var at = epochs.BinarySearch(more, InOrder);
        if (at < 0) epochs.Insert(~at, more);
        else epochs[at] = epochs[at] with { Seen = epochs[at].Seen.Add(more.Seen) };
    }
}
