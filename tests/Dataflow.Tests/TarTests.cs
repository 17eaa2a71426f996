using System.Formats.Tar;
using Flow.Dataflow.Codecs;
using Flow.Dataflow.Sources;
using Flow.Dataflow.Synth;
using Flow.Dataflow.Tests.Ingest;
using Xunit;

namespace Flow.Dataflow.Tests;

/// <summary>ImageNet's archive, made by the base library's tar writer.</summary>
public sealed class TarTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ImageNetTar_ReadsEveryImage_ClassByClass_WithoutUnpacking()
    {
        File.WriteAllBytes(folder["train.tar"], TarOfTars(5, 3));
        var source = ImageNetTar.Open(folder["train.tar"], "train");
        Assert.InRange(source.Total, 14, 16); // of 15, from the sizes of the classes
        var samples = source.List().ToArray();
        Assert.Equal(Enumerable.Range(0, 15).Select(i => (long)i), samples.Select(sample => sample.Id));
        Assert.Equal(Enumerable.Range(0, 15).Select(i => (long)(i / 3)), samples.Select(sample => sample.Label));
        Assert.Equal("n00000000/n00000000_0.JPEG", samples[0].Key);
        Parallel.ForEach(samples, sample => Assert.Equal(
            Jpeg.Decode(Photograph(sample.Label, sample.Id % 3), "x").Pixels, source.Load(sample).Image.Pixels));
    }

    [Fact]
    public void ACutArchive_IsRefused_NamingIt()
    {
        var whole = TarOfTars(5, 3);
        File.WriteAllBytes(folder["train.tar"], whole[..(whole.Length / 2)]);
        var error = Assert.Throws<BadFileException>(() => ImageNetTar.Open(folder["train.tar"], "train"));
        Assert.Contains("train.tar", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.V7)]
    public void NamesOfEveryFormat_AreFound(TarEntryFormat format)
    {
        string[] names = format == TarEntryFormat.V7 ? ["short"] : ["short", $"{new string('a', 90)}/{new string('b', 90)}"];
        using (var writer = new TarWriter(File.Create(folder["x.tar"]), format))
            foreach (var name in names) writer.WriteEntry(Entry(format, name, [1, 2, 3]));
        using var handle = File.OpenHandle(folder["x.tar"]);
        Assert.Equal(names, Tar.Entries(handle, "x.tar", 0, RandomAccess.GetLength(handle)).Select(entry => entry.Name));
    }

    /// <summary>Classes in falling order, as nothing says that an archive is sorted.</summary>
    internal static byte[] TarOfTars(int classes, int images)
    {
        using var outer = new MemoryStream();
        using (var writer = new TarWriter(outer, TarEntryFormat.Gnu, leaveOpen: true))
            for (var label = classes - 1; label >= 0; label--)
            {
                using var inner = new MemoryStream();
                using (var inside = new TarWriter(inner, TarEntryFormat.Ustar, leaveOpen: true))
                    for (var i = 0; i < images; i++)
                        inside.WriteEntry(Entry(TarEntryFormat.Ustar, $"n{label:D8}_{i}.JPEG", Photograph(label, i)));
                writer.WriteEntry(Entry(TarEntryFormat.Gnu, $"n{label:D8}.tar", inner.ToArray()));
            }
        return outer.ToArray();
    }

    static byte[] Photograph(long label, long number) => Jpeg.Encode(new RgbImage(16, 16, SceneRenderer.Render((int)label, number, 16).Rgb));

    static System.Formats.Tar.TarEntry Entry(TarEntryFormat format, string name, byte[] content) => format switch
    {
        TarEntryFormat.V7 => new V7TarEntry(System.Formats.Tar.TarEntryType.V7RegularFile, name) { DataStream = new MemoryStream(content) },
        TarEntryFormat.Gnu => new GnuTarEntry(System.Formats.Tar.TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) },
        _ => new UstarTarEntry(System.Formats.Tar.TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) },
    };
}
