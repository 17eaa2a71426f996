using System.Diagnostics;
using System.Threading.Tasks.Dataflow;
using Flow.Dataflow.Codecs;
using Flow.Dataflow.Sources;
using Flow.Domain;
using Flow.Domain.Pipelines;
using Flow.Storage.Shards;

namespace Flow.Dataflow.Ingest;

/// <summary>
/// list -> decode and crop (parallel) -> batch -> encode -> append to shards.
/// Bounds memory: every block has a capacity; the listing waits when decode is full. Nothing grows with the data set.
/// Order: samples reach the writer in the order of the listing, whatever the number of workers; the writer checks it, since blocks
/// let later items pass one that failed.
/// Fault: the first one cancels every block and is what <see cref="Run"/> throws. Finished shards stay; running again goes on behind the
/// last of them.
/// </summary>
public static class IngestGraph
{
    /// <param name="folder">Receives the shards and, when all are there, their index.</param>
    /// <exception cref="BadInputException">No sample could be read.</exception>
    /// <exception cref="BadFileException">Under strict: the first file that can't be used.</exception>
    public static async Task<IngestReport> Run(
        SampleSource source, Preparation preparation, ImageEncoder encoder, string folder, IngestOptions options,
        Action<IngestProgress>? progress = null, CancellationToken cancel = default)
    {
        var writer = ShardWriter.Open(folder, preparation.Schema(source.Name, encoder), options.Shards);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);

        var (decoding, encoding, appending) = (
            new Probe("decode", "samples", 2 * options.Workers, options.Workers), new Probe("encode", "batches", 2, 1), new Probe("append", "batches", 2, 1));
        var decode = new TransformBlock<Place, Decoded>(
            place => decoding.Measure(sample => Decode(source, preparation, sample, options.Strict), place), Block.Options(2 * options.Workers, options.Workers, stop.Token));
        var batch = new BatchBlock<Decoded>(options.Batch, new GroupingDataflowBlockOptions { BoundedCapacity = options.Batch, CancellationToken = stop.Token });
        var room = new PlaneRoom();
        var encode = new TransformBlock<Decoded[], Encoded>(
            decoded => encoding.MeasureAsync(one => Encode(encoder, preparation, one, room, stop.Token), decoded), Block.Options(2, 1, stop.Token));
        Tally? tally = null;
        var append = new ActionBlock<Encoded>(
            encoded => appending.Measure(one => Append(writer, source.Split, one, tally!), encoded), Block.Options(2, 1, stop.Token));
        tally = new Tally(writer, source.Total, progress, () => new LanguageExt.Seq<BlockState>([
            decoding.State(decode.InputCount, decode.OutputCount),
            new BlockState("batch", "batches", 0, batch.OutputCount, options.Batch, 1, 0, 0),
            encoding.State(encode.InputCount, encode.OutputCount),
            appending.State(append.InputCount, 0)]));
        decode.To(batch);
        batch.To(encode);
        encode.To(append);
        using var drain = stop.Token.Register(() =>
        {
            decode.Drain();
            batch.Drain();
            encode.Drain();
        });

        await Completion(stop, List(source, writer.LastId, decode, stop.Token), decode.Completion, batch.Completion, encode.Completion, append.Completion);
        cancel.ThrowIfCancellationRequested();
        if (writer.Samples == 0) throw new BadInputException($"{source.Name}: not one of {tally.Skipped} samples could be read; the first: {string.Concat(tally.Problems.Take(1))}");
        var index = writer.Finish();
        tally.Report(final: true);
        return new IngestReport(index, tally.Skipped, tally.Problems, tally.Seconds);
    }

    /// <summary>Feeds the graph behind the last sample that is safe on disk.</summary>
    static async Task List(SampleSource source, long lastId, TransformBlock<Place, Decoded> into, CancellationToken cancel)
    {
        await Task.Yield();
        var number = 0L;
        foreach (var sample in source.List())
            if (sample.Id > lastId && !await into.SendAsync(new Place(number++, sample), cancel)) return;
        into.Complete();
    }

    static Decoded Decode(SampleSource source, Preparation preparation, Place place, bool strict)
    {
        try
        {
            return new Decoded(place, preparation.Prepare(source.Load(place.Sample)), "");
        }
        catch (BadFileException broken) when (!strict)
        {
            return new Decoded(place, null, broken.Message);
        }
    }

    static async Task<Encoded> Encode(ImageEncoder encoder, Preparation preparation, Decoded[] decoded, PlaneRoom room, CancellationToken cancel)
    {
        PreparedSample[] whole = [.. decoded.Select(one => one.Sample).OfType<PreparedSample>()];
        var names = preparation.Images;
        var latents = new float[names.Count][];
        for (var i = 0; i < latents.Length && whole.Length > 0; i++)
        {
            var planes = room.Of(whole.Length * 3 * preparation.Size * preparation.Size);
            for (var n = 0; n < whole.Length; n++) whole[n].Images[i].CopyTo(planes, n * (planes.Length / whole.Length));
            latents[i] = await encoder.Encode(new PlaneBatch(names[i], whole.Length, preparation.Size, planes), cancel);
            if (latents[i].Length != whole.Length * encoder.Latents.Elements)
                throw new InvalidOperationException($"the encoder gave {latents[i].Length} numbers for {whole.Length} images of {encoder.Latents}");
        }
        return new Encoded(decoded, latents, encoder.Latents.Elements);
    }

    /// <returns>Rows appended.</returns>
    static int Append(ShardWriter writer, string split, Encoded encoded, Tally tally)
    {
        var row = 0;
        foreach (var (place, sample, problem) in encoded.Samples)
        {
            tally.Expect(place.Number);
            if (sample is null)
            {
                tally.Skip(problem);
                continue;
            }
            var blobs = encoded.Latents
                .Select(latents => BlobBytes.Halves(latents.AsSpan(row * encoded.Elements, encoded.Elements)))
                .Concat(sample.Exact).ToArray();
            writer.Append(new LatentSample(sample.Ref.Id, sample.Ref.Key, sample.Ref.Label, split, sample.Height, sample.Width, blobs));
            tally.Add(blobs.Sum(blob => (long)blob.Length));
            row++;
        }
        tally.Report(final: false);
        return row;
    }

    /// <summary>
    /// Waits for every part; a fault stops the others. Thrown is the fault farthest upstream: blocks let later items pass one that failed,
    /// so that the writer may miss a sample before the block that lost it has said why.
    /// </summary>
    static async Task Completion(CancellationTokenSource stop, params Task[] parts)
    {
        var causes = await Task.WhenAll(parts.Select(async part =>
        {
            try
            {
                await part;
                return null;
            }
            catch (Exception error)
            {
                // Blocks hand a fault on wrapped in AggregateExceptions; cancellations only follow from it.
                var cause = (error as AggregateException)?.Flatten().InnerExceptions[0] ?? error;
                await stop.CancelAsync();
                return cause is OperationCanceledException ? null : cause;
            }
        }));
        if (causes.FirstOrDefault(cause => cause is not null) is { } fault) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
    }

    /// <param name="Number">Counts what this run lists, without gaps.</param>
    readonly record struct Place(long Number, SampleRef Sample);

    sealed record Decoded(Place Place, PreparedSample? Sample, string Problem);

    sealed record Encoded(Decoded[] Samples, float[][] Latents, int Elements);

    /// <summary>The array that one batch after another is put into for the encoder, so that 50 MB needn't be found anew for each.</summary>
    sealed class PlaneRoom
    {
        float[] planes = [];

        /// <summary>Of exactly this length, with any content.</summary>
        public float[] Of(int length) => planes.Length == length ? planes : planes = GC.AllocateUninitializedArray<float>(length);
    }

    /// <summary>What has been written so far; used by the last block only.</summary>
    sealed class Tally(ShardWriter writer, long total, Action<IngestProgress>? progress, Func<LanguageExt.Seq<BlockState>> blocks)
    {
        const int KeptProblems = 100;
        static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

        readonly long before = writer.Samples;
        readonly long started = Stopwatch.GetTimestamp();
        long reported = Stopwatch.GetTimestamp();
        long expected;
        long bytes;

        public long Skipped { get; private set; }

        public List<string> Problems { get; } = [];

        public double Seconds => Stopwatch.GetElapsedTime(started).TotalSeconds;

        public void Expect(long number)
        {
            if (number != expected++) throw new InvalidOperationException($"sample {number} of the listing arrived where {expected - 1} should have");
        }

        public void Add(long size) => bytes += size;

        public void Skip(string problem)
        {
            Skipped++;
            if (Problems.Count < KeptProblems) Problems.Add(problem);
        }

        public void Report(bool final)
        {
            if (progress is null || (!final && Stopwatch.GetElapsedTime(reported) < Interval)) return;
            reported = Stopwatch.GetTimestamp();
            progress(new IngestProgress(writer.Samples, final ? writer.Samples + Skipped : total, Skipped, (writer.Samples - before) / Math.Max(Seconds, 1e-3), bytes,
                new PipelineState(Seconds, LanguageExt.Option<double>.None, writer.Samples - before, Skipped, blocks())));
        }
    }
}
