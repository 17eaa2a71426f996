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

    /// <summary>The ledger after one more batch.</summary>
    public EpochLedger Add(LatentBatch batch) => Sum(Epochs.Concat(batch.SampleIds.Zip(batch.Epochs, (sample, epoch) =>
    {
        var (source, id) = BatchStream.Origin(sample);
        return new EpochCount(source, epoch, default(SampleLedger).Add(id));
    })));

    /// <summary>The ledgers of two workers together.</summary>
    public EpochLedger Add(EpochLedger other) => Sum(Epochs.Concat(other.Epochs));

    /// <summary>Every epoch that was begun, held against the indexes.</summary>
    public IReadOnlyList<EpochVerdict> Verdicts(IReadOnlyList<DatasetIndex> indexes) =>
    [
        .. Epochs.Select(epoch => new EpochVerdict(
            indexes[epoch.Source].Schema.Dataset, epoch.Epoch, epoch.Seen, indexes[epoch.Source].Ledger,
            epoch.Seen.Count >= indexes[epoch.Source].Samples || Epochs.Any(later => later.Source == epoch.Source && later.Epoch > epoch.Epoch))),
    ];

    /// <summary>The verdicts on the epochs that are over.</summary>
    public IReadOnlyList<EpochVerdict> Closed(IReadOnlyList<DatasetIndex> indexes) => [.. Verdicts(indexes).Where(verdict => verdict.Over)];

    static EpochLedger Sum(IEnumerable<EpochCount> counts) => new(
    [
        .. counts.GroupBy(count => (count.Source, count.Epoch)).OrderBy(group => group.Key)
            .Select(group => new EpochCount(group.Key.Source, group.Key.Epoch, group.Aggregate(default(SampleLedger), (sum, count) => sum.Add(count.Seen)))),
    ]);
}
