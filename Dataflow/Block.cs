using System.Threading.Tasks.Dataflow;

namespace Flow.Dataflow;

/// <summary>How every block of our graphs is made and joined: bounded, ordered, cancellable; completion and faults run downstream.</summary>
static class Block
{
    static readonly DataflowLinkOptions Propagate = new() { PropagateCompletion = true };

    /// <param name="capacity">Items the block may hold, waiting, in work and done together.</param>
    /// <param name="parallelism">Items in work at once; they leave in the order they came.</param>
    public static ExecutionDataflowBlockOptions Options(int capacity, int parallelism, CancellationToken cancel) => new()
    {
        BoundedCapacity = capacity,
        MaxDegreeOfParallelism = parallelism,
        EnsureOrdered = true,
        CancellationToken = cancel,
    };

    /// <summary>
    /// Throws away what a stopped block still holds. A block that had all its input before it was cancelled never completes while its
    /// output has nowhere to go; waiting for it would hang.
    /// </summary>
    public static void Drain<T>(this ISourceBlock<T> source) => source.LinkTo(DataflowBlock.NullTarget<T>());

    public static void To<T>(this ISourceBlock<T> source, ITargetBlock<T> target) => source.LinkTo(target, Propagate);
}
