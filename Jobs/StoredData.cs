using Flow.Dataflow.Codecs;
using Flow.Domain.Data;
using Flow.Domain.Planning;
using Flow.Domain.Runs;
using Flow.Jobs.Steps;
using Flow.Storage.Shards;
using Flow.Training.Codecs;
using Flow.Training.Metrics;

namespace Flow.Jobs;

/// <summary>A picture made of one column of a sample.</summary>
/// <param name="Blob">Name of the column.</param>
/// <param name="Png">The picture; null where this store lacks the codec that made the latents.</param>
public sealed record SamplePicture(string Blob, byte[]? Png);

/// <summary>A sample of a data set with what can be seen of it.</summary>
/// <param name="Position">Its place in the data set, from 0.</param>
public sealed record ShownSample(long Position, LatentSample Sample, IReadOnlyList<SamplePicture> Pictures);

/// <summary>A finished data set of a store, by the name of its ingest step: its samples as pictures, latents decoded by the codec that encoded them.</summary>
public sealed class StoredData(Lab lab, string name)
{
    public string Folder { get; } = lab.Steps.Open(name);

    /// <summary>Names of the finished data sets of a store.</summary>
    public static IEnumerable<string> In(Lab lab) => lab.Steps.Finished().Where(name => File.Exists(Path.Combine(lab.Steps.Open(name), DatasetIndex.FileName)));

    /// <summary>Reads the samples and paints them; rows whose checksums don't fit are an exception.</summary>
    public IReadOnlyList<ShownSample> Samples(long from, int count)
    {
        var index = DatasetIndex.Load(Folder);
        var (codec, scale) = Codec(index);
        using var owned = codec as IDisposable;
        return [.. Rows(index, from, count).Select(row => new ShownSample(
            row.Position, row.Sample, [.. index.Schema.Blobs.Select((blob, i) => new SamplePicture(blob.Name, Picture(index.Schema, blob, row.Sample.Blobs[i], codec, scale)))]))];
    }

    IEnumerable<(long Position, LatentSample Sample)> Rows(DatasetIndex index, long from, int count)
    {
        var first = 0L;
        foreach (var shard in index.Shards)
        {
            if (first < from + count && first + shard.Rows > from)
            {
                var reader = ShardReader.Open(Folder, shard);
                var start = first;
                for (var group = 0; group < shard.GroupRows.Count; start += shard.GroupRows[group++])
                {
                    if (start >= from + count || start + shard.GroupRows[group] <= from) continue;
                    var samples = reader.ReadGroup(group);
                    for (var row = 0; row < samples.Count; row++)
                        if (start + row >= from && start + row < from + count) yield return (start + row, samples[row]);
                }
            }
            first += shard.Rows;
        }
    }

    /// <summary>The codec of the study that ingested it, where its step is still here.</summary>
    (ILatentCodec? Codec, double TargetScale) Codec(DatasetIndex index)
    {
        var step = RecordedStudies.In(lab.Root).SelectMany(study => study.Plan.Steps.AsEnumerable()).FirstOrDefault(step => step.Name.Hex == name);
        if (step?.Payload is not Payload.Ingest ingest || !lab.Steps.Exists(ingest.CodecStep.Hex)) return (null, 1);
        var codec = FitCodecStep.Load(lab.Steps.Open(ingest.CodecStep.Hex));
        return codec.Hash == index.Schema.CodecHash ? (codec, IngestStep.TargetScale(ingest.Codec)) : (null, 1);
    }

    static byte[]? Picture(ShardSchema schema, BlobSpec blob, byte[] bytes, ILatentCodec? codec, double targetScale)
    {
        if (bytes.Length == 0) return null;
        var (height, width) = (blob.Shape[^2], blob.Shape[^1]);
        if (blob.Name == BlobSpec.Truth && Enum.TryParse<PerceptionTask>(schema.Properties.GetValueOrDefault("task"), ignoreCase: true, out var task))
            return Png.Encode(new RgbImage(height, width, new GalleryPictures(task, bytes).Truth()));
        if (blob.Type == BlobType.UInt8) return Png.EncodeGray(width, height, bytes);
        return blob.Type == BlobType.Float16 && codec is not null ? Decoded(blob, bytes, codec, targetScale) : null;
    }

    static byte[] Decoded(BlobSpec blob, byte[] bytes, ILatentCodec codec, double targetScale)
    {
        var latents = new float[blob.Elements];
        BlobBytes.ToFloats(bytes, latents);
        if (blob.Name.StartsWith(BlobSpec.Target, StringComparison.Ordinal))
            for (var i = 0; i < latents.Length; i++) latents[i] = (float)(latents[i] * targetScale);
        var image = codec.Decode(latents, 1, new LatentShape(blob.Shape[0], blob.Shape[1], blob.Shape[2]));
        return Png.Encode(new RgbImage(image.Height, image.Width, TaskScore.Bytes(image.Image(0))));
    }
}
