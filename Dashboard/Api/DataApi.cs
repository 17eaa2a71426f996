using Flow.Domain;
using Flow.Jobs;
using Flow.Storage.Shards;

namespace Flow.Dashboard.Api;

/// <summary>The data sets of the store: what they hold, their samples as pictures, and whether they are still what was written.</summary>
static class DataApi
{
    const int MostSamples = 48, MostLabels = 100;

    /// <param name="Damage">Why its index can't be read; null for one that can.</param>
    public sealed record DatasetRow(string Name, string? Dataset, string? Task, long? Samples, long? Bytes, int? Shards, int? ImageSize, string? Damage);

    public sealed record Shard(string File, long Rows, long Bytes, string Sha256, long FirstId, long LastId);

    public sealed record Column(string Name, string Type, IReadOnlyList<int> Shape);

    public sealed record DatasetAnswer(
        string Name, string Dataset, long Samples, string DatasetHash, string CodecHash, double ScaleFactor, IReadOnlyList<Column> Columns, IReadOnlyDictionary<string, string> Properties,
        IReadOnlyDictionary<string, long> Splits, IReadOnlyDictionary<string, long> Labels, int LabelCount, IReadOnlyList<Shard> Shards);

    /// <param name="Pictures">By column; base64 of a PNG, or null where it can't be decoded here.</param>
    public sealed record SampleAnswer(long Position, long Id, string Key, long Label, string Split, int Height, int Width, IReadOnlyDictionary<string, string?> Pictures);

    public sealed record Verdict(bool Sound, IReadOnlyList<string> Damage, double Seconds);

    public static void Map(RouteGroupBuilder api)
    {
        var data = api.MapGroup("/data").WithTags("data");
        data.MapGet("", (Lab lab) => StoredData.In(lab).Select(name => Row(lab, name))).WithSummary("The data sets of the store");
        data.MapGet("/{name}", (string name, Lab lab) => Describe(name, Open(lab, name))).WithSummary("One data set: columns, counts, shards");
        data.MapGet("/{name}/samples", (string name, Lab lab, long from = 0, int count = 12) => Samples(Open(lab, name), from, count)).WithSummary("Samples, decoded to pictures");
        data.MapPost("/{name}/verify", (string name, Lab lab, CancellationToken cancel) => Verify(Open(lab, name), cancel)).RequireAuthorization(Role.Operator).WithSummary("Read all of it and compare every checksum");
    }

    static StoredData Open(Lab lab, string name) => StepFiles.Find(lab, name, DatasetIndex.FileName) is not null
        ? new StoredData(lab, name)
        : throw new BadInputException($"this store has no data set '{name}'");

    static DatasetRow Row(Lab lab, string name)
    {
        try
        {
            var index = DatasetIndex.Load(lab.Steps.Open(name));
            var properties = index.Schema.Properties;
            return new DatasetRow(
                name, index.Schema.Dataset, properties.GetValueOrDefault("task"), index.Samples, index.Shards.Sum(shard => shard.Bytes), index.Shards.Count,
                properties.TryGetValue("image_size", out var size) ? int.Parse(size, System.Globalization.CultureInfo.InvariantCulture) : null, null);
        }
        catch (Exception damage) when (damage is IOException or InvalidDataException)
        {
            return new DatasetRow(name, null, null, null, null, null, null, damage.Message);
        }
    }

    static DatasetAnswer Describe(string name, StoredData data)
    {
        var index = DatasetIndex.Load(data.Folder);
        return new DatasetAnswer(
            name, index.Schema.Dataset, index.Samples, index.DatasetHash, index.Schema.CodecHash, index.Schema.ScaleFactor,
            [.. index.Schema.Blobs.Select(blob => new Column(blob.Name, blob.Type.ToString().ToLowerInvariant(), blob.Shape))], index.Schema.Properties, index.Splits,
            index.Labels.OrderByDescending(label => label.Value).Take(MostLabels).ToDictionary(label => label.Key, label => label.Value), index.Labels.Count,
            [.. index.Shards.Select(shard => new Shard(shard.File, shard.Rows, shard.Bytes, shard.Sha256, shard.FirstId, shard.LastId))]);
    }

    static IEnumerable<SampleAnswer> Samples(StoredData data, long from, int count)
    {
        if (from < 0 || count is < 1 or > MostSamples) throw new BadInputException($"from: {from}, count: {count}: give from 0 on, and 1 to {MostSamples} at once");
        return data.Samples(from, count).Select(shown => new SampleAnswer(
            shown.Position, shown.Sample.Id, shown.Sample.Key, shown.Sample.Label, shown.Sample.Split, shown.Sample.Height, shown.Sample.Width,
            shown.Pictures.ToDictionary(picture => picture.Blob, picture => picture.Png is null ? null : Convert.ToBase64String(picture.Png))));
    }

    static Verdict Verify(StoredData data, CancellationToken cancel)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var damage = DatasetVerifier.FindDamage(data.Folder, cancel);
        return new Verdict(damage.Count == 0, damage, clock.Elapsed.TotalSeconds);
    }
}
