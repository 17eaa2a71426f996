using Flow.Domain;
using Flow.Storage.Engines;
using Flow.Storage.Shards;
using Xunit;

namespace Flow.Storage.Tests.Shards;

public sealed class ShardTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    IEnumerable<LatentSample> ReadAll(DatasetIndex index) => index.Shards
        .Select(entry => ShardReader.Open(folder.Path, entry))
        .SelectMany(reader => Enumerable.Range(0, reader.GroupRows.Count).SelectMany(group => reader.ReadGroup(group)));

    [Fact]
    public void EverySample_ComesBack_InOrder()
    {
        var index = Samples.Write(folder.Path, 75);
        Assert.Equal([30L, 30, 15], index.Shards.Select(shard => shard.Rows));
        Assert.Equal([10, 10, 10], index.Shards[0].GroupRows);
        foreach (var (expected, read) in Samples.Take(75).Zip(ReadAll(index), (a, b) => (a, b))) Samples.AssertEqual(expected, read);
        Assert.Equal(75, ReadAll(index).Count());
    }

    [Fact]
    public void TheIndex_CountsAndSurvivesItsFile()
    {
        var written = Samples.Write(folder.Path, 75);
        var index = DatasetIndex.Load(folder.Path);
        Assert.Equal(75, index.Samples);
        Assert.Equal(25, index.Labels["1"]);
        Assert.Equal(8, index.Splits["val"]);
        Assert.Equal(written.DatasetHash, index.DatasetHash);
        Assert.Equal(written.Ledger, index.Ledger);
        Assert.Equal(Samples.Take(75).Aggregate(default(SampleLedger), (ledger, sample) => ledger.Add(sample.Id)), index.Ledger);
        Assert.Equal(Samples.Schema.Blobs, index.Schema.Blobs);
    }

    [Fact]
    public void TheDatasetHash_NamesTheContent()
    {
        var first = Samples.Write(folder["a"], 40).DatasetHash;
        Assert.Equal(first, Samples.Write(folder["b"], 40).DatasetHash);
        Assert.NotEqual(first, Samples.Write(folder["c"], 41).DatasetHash);
        var writer = ShardWriter.Open(folder["d"], Samples.Schema, Samples.Small);
        foreach (var sample in Samples.Take(40)) writer.Append(sample.Id == 20 ? sample with { Label = 17 } : sample);
        Assert.NotEqual(first, writer.Finish().DatasetHash);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(29)]
    [InlineData(30)]
    [InlineData(64)]
    public void AKilledWriter_GoesOnWithoutADuplicateOrAGap(int before)
    {
        var killed = ShardWriter.Open(folder["killed"], Samples.Schema, Samples.Small);
        foreach (var sample in Samples.Take(before)) killed.Append(sample);
        File.WriteAllText(Path.Combine(folder["killed"], ".shard-00002.parquet.x.partial"), "half");

        var writer = ShardWriter.Open(folder["killed"], Samples.Schema, Samples.Small);
        Assert.Equal(before / 30 * 30 - 1, writer.LastId);
        foreach (var sample in Samples.Take(75).Where(sample => sample.Id > writer.LastId)) writer.Append(sample);
        var index = writer.Finish();
        Assert.Equal(Samples.Write(folder["whole"], 75).IndexHash, index.IndexHash);
        Assert.Empty(Directory.GetFiles(folder["killed"], "*.partial"));
    }

    [Fact]
    public void AFinishedDataset_AndAnotherSchema_AreRefused()
    {
        Samples.Write(folder["a"], 5);
        Assert.Throws<BadInputException>(() => ShardWriter.Open(folder["a"], Samples.Schema));
        File.Delete(Path.Combine(folder["a"], DatasetIndex.FileName));
        Assert.Throws<BadInputException>(() => ShardWriter.Open(folder["a"], Samples.Schema with { CodecHash = "other" }));
    }

    [Fact]
    public void Append_RefusesWrongSizesAndFallingIds()
    {
        var writer = ShardWriter.Open(folder.Path, Samples.Schema);
        writer.Append(Samples.Sample(5));
        Assert.Throws<ArgumentException>(() => writer.Append(Samples.Sample(5)));
        Assert.Contains("latents", Assert.Throws<ArgumentException>(
            () => writer.Append(Samples.Sample(6) with { Blobs = [new byte[3], [], []] })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => writer.Append(Samples.Sample(6) with { Blobs = [] }));
    }

    [Fact]
    public void Load_OfAnUnfinishedDataset_SaysSo() =>
        Assert.Contains("no finished dataset", Assert.Throws<FileNotFoundException>(() => DatasetIndex.Load(folder.Path)).Message, StringComparison.Ordinal);

    [Fact]
    public void ReadRow_GivesAnyRow()
    {
        var index = Samples.Write(folder.Path, 75);
        var reader = ShardReader.Open(folder.Path, index.Shards[1]);
        foreach (var row in (long[])[0, 9, 10, 29]) Samples.AssertEqual(Samples.Sample(30 + row), reader.ReadRow(row));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.ReadRow(30));
    }

    [Fact]
    public void AShard_IsATableToAnyParquetTool()
    {
        Samples.Write(folder.Path, 75);
        using var session = Engine.Sql.Open(new SqlLimits([folder.Path]), "");
        var rows = session.Query($"SELECT split, count(*), sum(octet_length(latents)), min(key) FROM '{folder.Path}/shard-*.parquet' GROUP BY split ORDER BY split", 10).Rows;
        Assert.Equal(["train", 67L, 67L * 128, "n0144/größe_1.jpg"], rows[0]);
        var metadata = session.Query($"SELECT decode(value) FROM parquet_kv_metadata('{folder["shard-00000.parquet"]}') WHERE decode(key) = 'shapes'", 1).Rows;
        Assert.Equal("latents:float16[4,4,4] latents_flip:float16[4,4,4] truth:float32[8,8]", metadata[0][0]);
    }

    [Fact]
    public void AnotherParquetFile_IsNotAShard()
    {
        Engine.Parquet.Write(folder["x.parquet"], [new RowGroup([new LongColumn("a", [1])])], new Dictionary<string, string>(), Compression.None);
        Assert.Contains("not a latent shard", Assert.Throws<InvalidDataException>(() => ShardReader.Open(folder["x.parquet"])).Message, StringComparison.Ordinal);
    }
}
