using Flow.Domain.Data;
using Flow.Storage.Shards;

namespace Flow.Jobs.Steps;

/// <summary>The samples of a finished ingest step in their own order, checked against their checksums, for measuring.</summary>
public sealed class ShardedData
{
    readonly DatasetFiles files;

    /// <param name="place">A folder or an address; see <see cref="DatasetFiles.At"/>.</param>
    public ShardedData(string place)
    {
        files = DatasetFiles.At(place);
        Index = files.Index();
    }

    public DatasetIndex Index { get; }

    public ShardSchema Schema => Index.Schema;

    /// <summary>Shape of a latent blob.</summary>
    public LatentShape Shape(string blob) => Schema.Blobs[Schema.IndexOf(blob)].Shape is [var channels, var height, var width]
        ? new LatentShape(channels, height, width)
        : throw new StepFailure($"{files.Place}: the column {blob} does not hold latents");

    /// <summary>Side of the images in pixels.</summary>
    public int ImageSize => int.Parse(Schema.Properties["image_size"], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The first samples, or all of them.</summary>
    public IEnumerable<LatentSample> Samples(int? most)
    {
        foreach (var sample in All())
        {
            if (most-- == 0) yield break;
            yield return sample;
        }
    }

    /// <summary>The latents of one sample, in fp32.</summary>
    public float[] Latents(LatentSample sample, string blob)
    {
        var values = new float[Shape(blob).Elements];
        BlobBytes.ToFloats(sample.Blobs[Schema.IndexOf(blob)], values);
        return values;
    }

    /// <summary>The ground truth of one sample.</summary>
    public ReadOnlySpan<byte> Truth(LatentSample sample) => sample.Blobs[Schema.IndexOf(BlobSpec.Truth)];

    IEnumerable<LatentSample> All()
    {
        foreach (var shard in Index.Shards)
            for (var group = 0; group < shard.GroupRows.Count; group++)
                foreach (var sample in files.Read(shard, reader => reader.ReadGroup(group))) yield return sample;
    }
}
