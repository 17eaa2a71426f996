using System.Globalization;
using System.Text.Json;
using Flow.Storage.Engines;

namespace Flow.Storage.Shards;

/// <summary>
/// Between samples and the columns of a shard. The names are a file format (docs/data-format.md): any Parquet tool reads them.
/// </summary>
static class ShardFormat
{
    public const string Id = "sample_id", Key = "key", Label = "label", Split = "split", Height = "height", Width = "width", Checksums = "crc32c";

    const string SchemaKey = "flow_schema", VersionKey = "flow_schema_version";

    /// <summary>Snake-case JSON, the same in metadata and index.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The metadata of a shard. Single facts are repeated in plain keys, for people who look with another tool.</summary>
    public static Dictionary<string, string> Metadata(ShardSchema schema) => new()
    {
        [VersionKey] = ShardSchema.Version.ToString(CultureInfo.InvariantCulture),
        [SchemaKey] = Canonical(schema),
        ["codec_hash"] = schema.CodecHash,
        ["scale_factor"] = schema.ScaleFactor.ToString("R", CultureInfo.InvariantCulture),
        ["shapes"] = string.Join(' ', schema.Blobs.Select(blob => $"{blob.Name}:{blob.Type.ToString().ToLowerInvariant()}[{string.Join(',', blob.Shape)}]")),
    };

    /// <summary>One text for equal schemas.</summary>
    public static string Canonical(ShardSchema schema) => JsonSerializer.Serialize(
        schema with { Properties = new SortedDictionary<string, string>(schema.Properties.ToDictionary(), StringComparer.Ordinal) }, Json);

    public static ShardSchema Schema(string path, ParquetFooter footer)
    {
        if (!footer.Metadata.TryGetValue(VersionKey, out var version)) throw new InvalidDataException($"{path} is a Parquet file but not a latent shard");
        if (version != ShardSchema.Version.ToString(CultureInfo.InvariantCulture))
            throw new InvalidDataException($"{path} has shard schema version {version}; this program reads version {ShardSchema.Version}: ingest the dataset again");
        return JsonSerializer.Deserialize<ShardSchema>(footer.Metadata[SchemaKey], Json) ?? throw new InvalidDataException($"{path} has no schema");
    }

    public static RowGroup Columns(ShardSchema schema, IReadOnlyList<LatentSample> samples, IReadOnlyList<byte[]> checksums) => new(
    [
        new LongColumn(Id, [.. samples.Select(sample => (long?)sample.Id)]),
        new TextColumn(Key, [.. samples.Select(sample => sample.Key)]),
        new LongColumn(Label, [.. samples.Select(sample => (long?)sample.Label)]),
        new TextColumn(Split, [.. samples.Select(sample => sample.Split)]),
        new LongColumn(Height, [.. samples.Select(sample => (long?)sample.Height)]),
        new LongColumn(Width, [.. samples.Select(sample => (long?)sample.Width)]),
        new BytesColumn(Checksums, [.. checksums.Select(sums => (ReadOnlyMemory<byte>)sums)]),
        .. schema.Blobs.Select((blob, i) => new BytesColumn(blob.Name, [.. samples.Select(sample => (ReadOnlyMemory<byte>)sample.Blobs[i])])),
    ]);

    /// <summary>The plain columns, then the blobs wanted.</summary>
    public static IReadOnlyList<string> ColumnNames(IEnumerable<string> blobs) => [Id, Key, Label, Split, Height, Width, Checksums, .. blobs];
}
