using Flow.Domain.Data;
using Flow.Storage.Shards;

namespace Flow.Dataflow.Streaming;

/// <summary>
/// Which blobs of a dataset become the target and the condition of a batch. Without conditions: the latents, told nothing but the label.
/// With one: the <c>target</c>, conditioned on the latents of the image. With two: also on those of the <c>prompt</c>.
/// </summary>
sealed record BatchLayout(LatentShape Target, int ConditionChannels, BlobColumn TargetColumn, IReadOnlyList<BlobColumn> ConditionColumns)
{
    /// <summary>Names of the columns to read.</summary>
    public IReadOnlyList<string> Blobs { get; } =
        [.. ((BlobColumn[])[TargetColumn, .. ConditionColumns]).SelectMany(column => (string?[])[column.Name, column.FlippedName]).OfType<string>()];

    /// <exception cref="InvalidDataException">The dataset lacks a column, or has one of another shape.</exception>
    public static BatchLayout Of(string folder, ShardSchema schema, bool flip, int conditions)
    {
        BlobColumn Column(string name)
        {
            var index = schema.IndexOf(name);
            if (index < 0) throw new InvalidDataException($"{folder} has no column {name}, only {string.Join(", ", schema.Blobs.Select(blob => blob.Name))}");
            if (schema.Blobs[index] is not { Type: BlobType.Float16, Shape.Count: 3 })
                throw new InvalidDataException($"{folder}: column {name} is not half-precision latents of channels x rows x columns");
            var flipped = flip ? schema.IndexOf(name + BlobSpec.FlipSuffix) : -1;
            return flip && flipped < 0
                ? throw new InvalidDataException($"{folder} has no {name}{BlobSpec.FlipSuffix}: ingest it with flips, or train without")
                : new BlobColumn(name, index, flip ? name + BlobSpec.FlipSuffix : null, flipped, schema.Blobs[index].Elements);
        }

        LatentShape Shape(BlobColumn column) => schema.Blobs[column.Index].Shape is [var channels, var height, var width] ? new(channels, height, width) : default;

        var target = Column(conditions > 0 ? BlobSpec.Target : BlobSpec.Latents);
        BlobColumn[] columns = [.. BlobSpec.Conditions.Take(conditions).Select(Column)];
        var shape = Shape(target);
        foreach (var column in columns)
            if (Shape(column) with { Channels = 0 } != shape with { Channels = 0 })
                throw new InvalidDataException($"{folder}: {column.Name} and {target.Name} differ in height or width");
        return new BatchLayout(shape, columns.Sum(column => Shape(column).Channels), target, columns);
    }
}

/// <summary>A blob column and its mirrored twin (none when nothing is flipped); places are those in <see cref="ShardSchema.Blobs"/>.</summary>
sealed record BlobColumn(string Name, int Index, string? FlippedName, int FlippedIndex, int Elements)
{
    /// <summary>Writes one sample's values as fp32.</summary>
    public void Read(ShardColumns from, int row, bool flipped, Span<float> into)
    {
        var blob = from.Blob(flipped ? FlippedIndex : Index, row);
        if (blob.Length != Elements * 2) throw new InvalidDataException($"sample {from.Id(row)} has no {(flipped ? FlippedName : Name)}");
        BlobBytes.ToFloats(blob, into);
    }
}
