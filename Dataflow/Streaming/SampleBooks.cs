using System.Collections.Concurrent;
using Flow.Domain.Data;
using Flow.Storage.Shards;

namespace Flow.Dataflow.Streaming;

/// <summary>
/// Keeps the ledger of a running training. A batch that was handed to the trainer is entered when the trainer says that its optimizer step
/// is done: what was read ahead and lost in a crash never counts. Handing out and finishing may be two threads.
/// </summary>
/// <param name="indexes">Of the stream's datasets.</param>
/// <param name="begun">The ledger at the step where this training begins or goes on.</param>
public sealed class SampleBooks(IReadOnlyList<DatasetIndex> indexes, EpochLedger begun)
{
    readonly ConcurrentQueue<LatentBatch> handed = new();
    int judged = begun.Over(indexes);

    /// <summary>What the optimizer has seen.</summary>
    public EpochLedger Ledger { get; private set; } = begun;

    /// <summary>Every epoch that was begun, held against the indexes.</summary>
    public IReadOnlyList<EpochVerdict> Verdicts => Ledger.Verdicts(indexes);

    /// <summary>A batch is on its way to the trainer.</summary>
    public void Hand(LatentBatch batch) => handed.Enqueue(batch);

    /// <summary>The samples of a batch that was handed out and is not done.</summary>
    public long[] Handed(long position) => handed.First(batch => batch.Position == position).SampleIds;

    /// <summary>So many optimizer steps are done: the batches before that position are entered.</summary>
    /// <exception cref="InvalidDataException">An epoch has ended that had not every sample of its dataset exactly once.</exception>
    public void Done(long steps)
    {
        while (handed.TryPeek(out var batch) && batch.Position < steps && handed.TryDequeue(out batch)) Ledger = Ledger.Add(batch);
        if (Ledger.Over(indexes) == judged) return;
        var closed = Ledger.Closed(indexes);
        judged = closed.Count;
        if (closed.FirstOrDefault(verdict => !verdict.ExactlyOnce) is { } wrong)
            throw new InvalidDataException(
                $"epoch {wrong.Epoch} of {wrong.Dataset} had {wrong.Seen.Count} samples (hash {wrong.Seen.Hash:x16}), its index says {wrong.Expected.Count} "
                + $"(hash {wrong.Expected.Hash:x16}): samples were lost or repeated, so this training is not what its spec says. Delete the step and train again; if it happens again, it is a bug");
    }
}
