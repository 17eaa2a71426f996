using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Dataflow;
using Flow.Domain.Data;
using Flow.Domain.Pipelines;
using Flow.Domain.Random;
using Flow.Storage.Shards;

namespace Flow.Dataflow.Streaming;

/// <summary>
/// Shards to batches. Each enumeration runs a graph of its own:
/// <code>
///   plan --> read (Readers in parallel, in order) --> slice (one at a time) --> fill (in parallel, in order) --> consumer
/// </code>
/// The order of samples is a function of (datasets' hashes, seed, batch, position) alone: any number of readers, workers or restarts
/// gives the same. Memory is bounded by the capacities: the windows being sliced, a window read ahead, and a few finished batches;
/// a slow consumer stops the readers. A block that fails ends the enumeration with its exception (a damaged shard's names the shard);
/// leaving the enumeration early stops the graph and waits for it. The arrays of a batch belong to the consumer, unless it asked for
/// <see cref="Lent"/> ones.
/// </summary>
public sealed class BatchStream : IAsyncEnumerable<LatentBatch>
{
    // Finished batches that wait for the consumer: enough to ride out the reading of a window.
    const int ReadyBatches = 8;

    // Ids of different datasets are kept apart by their high bits: they are keys of the noise.
    const int SourceShift = 48;

    readonly StreamSpec spec;
    readonly StreamDataset[] datasets;
    readonly BatchArrays arrays = new(2 * ReadyBatches);
    long batches, groupsRead, waitedTicks, startedAt;
    TransformBlock<BatchRows, LatentBatch>? filling;
    Func<PipelineState>? watched;

    BatchStream(StreamSpec spec, StreamDataset[] datasets) => (this.spec, this.datasets) = (spec, datasets);

    /// <summary>Reads the indexes and checks that the parts fit together. No shard is opened yet.</summary>
    /// <exception cref="ArgumentException">The spec contradicts itself.</exception>
    /// <exception cref="IOException">A dataset is not there or its index is damaged.</exception>
    /// <exception cref="InvalidDataException">A dataset lacks a column, or the datasets of a mixture differ in shape.</exception>
    public static BatchStream Open(StreamSpec spec)
    {
        if (spec.Sources.Count == 0) throw new ArgumentException("a stream needs a dataset", nameof(spec));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(spec.Batch, nameof(spec));
        ArgumentOutOfRangeException.ThrowIfNegative(spec.Start, nameof(spec));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(spec.WindowGroups, nameof(spec));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(spec.Readers, nameof(spec));
        if (spec.Workers < 1 || spec.Batch % spec.Workers != 0)
            throw new ArgumentException($"a batch of {spec.Batch} can't be shared by {spec.Workers} workers: take a multiple", nameof(spec));
        if (spec.Worker < 0 || spec.Worker >= spec.Workers) throw new ArgumentException($"there is no worker {spec.Worker} of {spec.Workers}", nameof(spec));
        StreamDataset[] datasets = [.. spec.Sources.Select(source => new StreamDataset(source.Folder, spec.Flip, spec.Conditions))];
        foreach (var dataset in datasets)
            if (dataset.Layout.Target != datasets[0].Layout.Target || dataset.Layout.ConditionChannels != datasets[0].Layout.ConditionChannels)
                throw new InvalidDataException($"{dataset.Index.Schema.Dataset} and {datasets[0].Index.Schema.Dataset} have latents of different shapes and can't be mixed");
        _ = NewMixture(spec);
        return new BatchStream(spec, datasets);
    }

    public LatentShape Shape => datasets[0].Layout.Target;

    public int ConditionChannels => datasets[0].Layout.ConditionChannels;

    /// <summary>The indexes, in the order of the spec's sources.</summary>
    public IReadOnlyList<DatasetIndex> Indexes => [.. datasets.Select(dataset => dataset.Index)];

    /// <summary>Which dataset a sample id of a batch belongs to, and its id there.</summary>
    public static (int Source, long Id) Origin(long sampleId) => ((int)(sampleId >> SourceShift), sampleId & ((1L << SourceShift) - 1));

    public StreamStats Stats => new(
        Volatile.Read(ref batches), Volatile.Read(ref batches) * (spec.Batch / spec.Workers), Volatile.Read(ref groupsRead), filling?.OutputCount ?? 0,
        Stopwatch.GetElapsedTime(0, Volatile.Read(ref waitedTicks)), startedAt == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(startedAt));

    /// <summary>The graph and its consumer since the enumeration began; none before. Costs the reading of a few counters.</summary>
    public PipelineState? State => watched?.Invoke();

    /// <summary>
    /// The same batches for a consumer that looks at one at a time: when it asks for the next one, the arrays of the last are filled anew.
    /// Memory that the operating system has to find first is ten times slower to fill.
    /// </summary>
    public async IAsyncEnumerable<LatentBatch> Lent([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var batch in this.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return batch;
            arrays.GiveBack(batch.Target);
            arrays.GiveBack(batch.Condition);
        }
    }

    public async IAsyncEnumerator<LatentBatch> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        startedAt = Stopwatch.GetTimestamp();
        var (read, slice, fill) = Build(stop.Token);
        filling = fill;
        var producing = Produce(read, stop.Token);
        var next = spec.Start;
        try
        {
            while (await Available(fill, cancellationToken).ConfigureAwait(false))
                while (fill.TryReceive(out var batch) && batch.Position == next)
                {
                    next++;
                    batches++;
                    yield return batch;
                }
            // An end of output may be a fault, and batches after a failed one may have slipped past it: only the completion tells.
            await Ended(fill).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (next < (spec.Stop ?? long.MaxValue)) throw new InvalidOperationException($"the stream ended at batch {next}: a bug");
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            read.Drain();
            slice.Drain();
            fill.Drain();
            await Task.WhenAll(producing, read.Completion, slice.Completion, fill.Completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Each block on the way wraps the fault of the one before: the caller gets the one that was thrown.</summary>
    static async Task Ended(TransformBlock<BatchRows, LatentBatch> fill)
    {
        try
        {
            await fill.Completion.ConfigureAwait(false);
        }
        catch (AggregateException wrapped) when (wrapped.Flatten().InnerException is { } thrown)
        {
            ExceptionDispatchInfo.Throw(thrown);
        }
    }

    static Mixture NewMixture(StreamSpec spec) => new([.. spec.Sources.Select(source => source.Weight)], spec.Seed);

    (TransformBlock<GroupRead, LoadedGroup> Read, TransformManyBlock<LoadedGroup, BatchRows> Slice, TransformBlock<BatchRows, LatentBatch> Fill) Build(CancellationToken stop)
    {
        var slicer = new BatchSlicer(datasets, NewMixture(spec), spec);
        var (reading, slicing, filled) = (
            new Probe("read", "row groups", spec.WindowGroups + spec.Readers, spec.Readers),
            new Probe("slice", "batches", 1, 1),
            new Probe("fill", "batches", ReadyBatches, spec.Readers));
        var read = new TransformBlock<GroupRead, LoadedGroup>(group => reading.Measure(one => Read(one, stop), group), new ExecutionDataflowBlockOptions
        {
            BoundedCapacity = spec.WindowGroups + spec.Readers,
            MaxDegreeOfParallelism = spec.Readers,
            CancellationToken = stop,
        });
        var slice = new TransformManyBlock<LoadedGroup, BatchRows>(group => slicing.Measure(slicer.Add(group)), new ExecutionDataflowBlockOptions { BoundedCapacity = 1, CancellationToken = stop });
        var fill = new TransformBlock<BatchRows, LatentBatch>(rows => filled.Measure(Fill, rows), new ExecutionDataflowBlockOptions
        {
            BoundedCapacity = ReadyBatches,
            MaxDegreeOfParallelism = spec.Readers,
            CancellationToken = stop,
        });
        var propagate = new DataflowLinkOptions { PropagateCompletion = true };
        read.LinkTo(slice, propagate);
        slice.LinkTo(fill, propagate);
        watched = () => Now(
            reading.State(read.InputCount, read.OutputCount), slicing.State(slice.InputCount, slice.OutputCount), filled.State(fill.InputCount, fill.OutputCount));
        return (read, slice, fill);
    }

    PipelineState Now(params BlockState[] blocks)
    {
        var stats = Stats;
        var (seconds, waited) = (stats.Elapsed.TotalSeconds, stats.Waited.TotalSeconds);
        var trainer = new BlockState(Bottleneck.Trainer, "batches", 0, 0, 1, 1, stats.Batches, Math.Max(0, seconds - waited));
        return new PipelineState(seconds, waited, stats.Samples, 0, new LanguageExt.Seq<BlockState>([.. blocks, trainer]));
    }

    async Task Produce(ITargetBlock<GroupRead> head, CancellationToken stop)
    {
        // A failed head refuses: the fault is on its way to the consumer by itself.
        foreach (var read in new StreamPlan(datasets, NewMixture(spec), spec).Reads())
            if (!await head.SendAsync(read, stop).ConfigureAwait(false)) return;
        head.Complete();
    }

    LoadedGroup Read(GroupRead read, CancellationToken stop)
    {
        var columns = datasets[read.Source].Read(read.Group, stop);
        Interlocked.Increment(ref groupsRead);
        return new LoadedGroup(read, columns);
    }

    LatentBatch Fill(BatchRows rows)
    {
        var count = rows.Rows.Length;
        var (elements, conditionElements) = (Shape.Elements, ConditionChannels * Shape.Height * Shape.Width);
        var batch = new LatentBatch(
            rows.Position, new long[count], new int[count], new long[count], Shape,
            arrays.Take(count * elements), ConditionChannels, arrays.Take(count * conditionElements));
        for (var i = 0; i < count; i++)
        {
            var (source, epoch, columns, row) = rows.Rows[i];
            var layout = datasets[source].Layout;
            var id = columns.Id(row) | ((long)source << SourceShift);
            (batch.SampleIds[i], batch.Epochs[i], batch.Labels[i]) = (id, epoch, columns.Label(row));
            var flipped = spec.Flip && new CounterRandom(spec.Seed, Purpose.Flip, epoch, id).Uniform(0) < 0.5;
            layout.TargetColumn.Read(columns, row, flipped, batch.Target.AsSpan(i * elements, elements));
            var condition = batch.Condition.AsSpan(i * conditionElements, conditionElements);
            foreach (var column in layout.ConditionColumns)
            {
                column.Read(columns, row, flipped, condition[..column.Elements]);
                condition = condition[column.Elements..];
            }
        }
        GC.KeepAlive(rows);
        return batch;
    }

    async ValueTask<bool> Available(TransformBlock<BatchRows, LatentBatch> fill, CancellationToken cancel)
    {
        if (fill.OutputCount > 0) return true;
        var from = Stopwatch.GetTimestamp();
        var available = await fill.OutputAvailableAsync(cancel).ConfigureAwait(false);
        Interlocked.Add(ref waitedTicks, Stopwatch.GetTimestamp() - from);
        return available;
    }
}
