using Flow.Storage.Engines;
using Xunit;

namespace Flow.Storage.Tests.Engines;

/// <summary>What every Parquet engine does, whichever this build has.</summary>
public sealed class ParquetEngineTests : IDisposable
{
    readonly TemporaryFolder folder = new();
    readonly IParquetEngine engine = Engine.Parquet;

    public void Dispose() => folder.Dispose();

    static RowGroup Group(int first, int rows, int blobBytes = 100) => new(
    [
        new LongColumn("id", [.. Enumerable.Range(first, rows).Select(i => i % 7 == 3 ? null : (long?)i)]),
        new DoubleColumn("value", [.. Enumerable.Range(first, rows).Select(i => i % 5 == 1 ? null : (double?)(i / 3.0))]),
        new TextColumn("key", [.. Enumerable.Range(first, rows).Select(i => i % 11 == 0 ? null : $"größe/{i}")]),
        new BytesColumn("blob", [.. Enumerable.Range(first, rows).Select(i => Blob(i, i % 13 == 5 ? 0 : blobBytes))]),
    ]);

    static ReadOnlyMemory<byte> Blob(int seed, int length) => Enumerable.Range(0, length).Select(i => (byte)(seed + i)).ToArray();

    void Write(string name, params RowGroup[] groups) =>
        engine.Write(folder[name], groups, new Dictionary<string, string> { ["it's"] = "a \"value\"", ["empty"] = "" }, Compression.None);

    static void AssertEqual(RowGroup expected, RowGroup read)
    {
        Assert.Equal(expected.Get<LongColumn>("id").Values, read.Get<LongColumn>("id").Values);
        Assert.Equal(expected.Get<DoubleColumn>("value").Values, read.Get<DoubleColumn>("value").Values);
        Assert.Equal(expected.Get<TextColumn>("key").Values, read.Get<TextColumn>("key").Values);
        Assert.Equal(
            expected.Get<BytesColumn>("blob").Values.Select(blob => blob.ToArray()),
            read.Get<BytesColumn>("blob").Values.Select(blob => blob.ToArray()));
    }

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Zstd)]
    public void ReadGroup_GivesBackWhatWasWritten_GroupByGroup(Compression compression)
    {
        RowGroup[] groups = [Group(0, 300), Group(300, 300), Group(600, 100)];
        engine.Write(folder["a.parquet"], groups, new Dictionary<string, string> { ["it's"] = "a \"value\"", ["empty"] = "" }, compression);
        var footer = engine.ReadFooter(folder["a.parquet"]);
        Assert.Equal([300, 300, 100], footer.GroupRows);
        Assert.Equal(["id", "value", "key", "blob"], footer.Columns);
        Assert.Equal("a \"value\"", footer.Metadata["it's"]);
        Assert.Equal("", footer.Metadata["empty"]);
        for (var i = 2; i >= 0; i--) AssertEqual(groups[i], engine.ReadGroup(folder["a.parquet"], footer, i, footer.Columns));
    }

    [Fact]
    public void ReadGroup_ReadsOnlyTheColumnsAskedFor_InTheirOrder()
    {
        Write("a.parquet", Group(0, 10));
        var read = engine.ReadGroup(folder["a.parquet"], engine.ReadFooter(folder["a.parquet"]), 0, ["blob", "id"]);
        Assert.Equal(["blob", "id"], read.Columns.Select(column => column.Name));
    }

    [Fact]
    public void Write_GroupsOfThousandsOfRows_KeepsThemWhole()
    {
        Write("a.parquet", Group(0, 5000, blobBytes: 8), Group(5000, 5000, blobBytes: 8), Group(0, 1));
        Assert.Equal([5000, 5000, 1], engine.ReadFooter(folder["a.parquet"]).GroupRows);
    }

    [Fact]
    public void Blobs_LargerThanAPage_AreWhole()
    {
        var group = Group(0, 3, blobBytes: 3 << 20);
        Write("a.parquet", group);
        AssertEqual(group, engine.ReadGroup(folder["a.parquet"], engine.ReadFooter(folder["a.parquet"]), 0, ["id", "value", "key", "blob"]));
    }

    [Fact]
    public void Write_WhoseRowsThrow_ThrowsThat()
    {
        static IEnumerable<RowGroup> Rows()
        {
            yield return Group(0, 10);
            throw new FormatException("row 11");
        }
        Assert.Equal("row 11", Assert.Throws<FormatException>(() => engine.Write(folder["a.parquet"], Rows(), new Dictionary<string, string>(), Compression.None)).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PAR1")]
    [InlineData("this is no Parquet file at all, and it says so for a while")]
    public void ReadFooter_OfAnotherFile_NamesIt(string content)
    {
        File.WriteAllText(folder["not.parquet"], content);
        Assert.Contains("not.parquet", Assert.Throws<InvalidDataException>(() => engine.ReadFooter(folder["not.parquet"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadFooter_OfNoFile_NamesIt() =>
        Assert.Contains("gone.parquet", Assert.Throws<FileNotFoundException>(() => engine.ReadFooter(folder["gone.parquet"])).Message, StringComparison.Ordinal);

    [Fact]
    public void ReadGroup_OfATruncatedFile_NamesIt()
    {
        Write("a.parquet", Group(0, 300));
        var footer = engine.ReadFooter(folder["a.parquet"]);
        File.WriteAllBytes(folder["a.parquet"], File.ReadAllBytes(folder["a.parquet"])[..1000]);
        Assert.Contains("a.parquet", Assert.Throws<InvalidDataException>(() => engine.ReadGroup(folder["a.parquet"], footer, 0, ["blob"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadGroup_FromManyThreads_IsTheSame()
    {
        RowGroup[] groups = [.. Enumerable.Range(0, 8).Select(i => Group(i * 50, 50))];
        Write("a.parquet", groups);
        var footer = engine.ReadFooter(folder["a.parquet"]);
        Parallel.For(0, 64, i => AssertEqual(groups[i % 8], engine.ReadGroup(folder["a.parquet"], footer, i % 8, footer.Columns)));
    }

    [Fact]
    public void Files_BeginAndEndWithTheMagicOfTheFormat()
    {
        Write("a.parquet", Group(0, 10));
        var bytes = File.ReadAllBytes(folder["a.parquet"]);
        Assert.Equal("PAR1"u8.ToArray(), bytes[..4]);
        Assert.Equal("PAR1"u8.ToArray(), bytes[^4..]);
    }
}
