using System.Buffers.Binary;
using System.Text;
using Flow.Dataflow.Codecs;
using Xunit;

namespace Flow.Cli.Tests;

/// <summary>What can be wrong with a data set on disk, met from the command line: bad input that names the file and a remedy, and nothing written.</summary>
[Collection(InTinyLab.Name)]
public sealed class IngestMistakesTests : IDisposable
{
    readonly string root = Directory.CreateTempSubdirectory("flow-mistakes-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    string At(string name) => Path.Combine(root, name);

    async Task<string> Scenes(string layout)
    {
        Assert.Equal(Verb.Done, (await Terminal.Run("synth", At("scenes"), "--scenes", "4", "--size", "16", "--layout", layout)).Code);
        return At($"scenes/{layout.ToLowerInvariant()}");
    }

    static string First(string folder, string pattern) => Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();

    Task<Answer> Ingest(string layout, string folder, params string[] more) => Terminal.Run(["ingest", layout, folder, At("shards"), "--size", "16", .. more]);

    async Task Refused(Task<Answer> ingest, params string[] says)
    {
        var answer = await ingest;
        Assert.Equal((Verb.BadInput, ""), (answer.Code, answer.Out));
        Assert.All(says, part => Assert.Contains(part, answer.Error, StringComparison.Ordinal));
        Assert.DoesNotContain("FLOW_DEBUG", answer.Error, StringComparison.Ordinal);
        if (Directory.Exists(At("shards"))) Assert.Empty(Directory.EnumerateFiles(At("shards"), "*.parquet*").Concat(Directory.EnumerateFiles(At("shards"), ".*")));
    }

    [Theory]
    [InlineData("cut short", "is not a whole JPEG", "fetch the file again")]
    [InlineData("another magic", "neither JPEG, PNG nor PPM", "fetch the file again")]
    [InlineData("empty", "is empty", "fetch the file again")]
    [InlineData("bomb", "40000 x 1 pixels", "shrink the image or remove it")]
    [InlineData("link out", "leads out of the data set", "copy it into")]
    [InlineData("link to itself", "leads nowhere", "remove it")]
    public async Task APhotograph(string mistake, string problem, string remedy)
    {
        var scenes = await Scenes("Imagenet");
        var file = First(scenes, "*.JPEG");
        var whole = await File.ReadAllBytesAsync(file);
        if (mistake.StartsWith("link", StringComparison.Ordinal))
        {
            File.Move(file, At("elsewhere.JPEG"));
            File.CreateSymbolicLink(file, mistake == "link out" ? At("elsewhere.JPEG") : file);
        }
        else
        {
            await File.WriteAllBytesAsync(file, mistake switch
            {
                "cut short" => whole[..(whole.Length / 2)],
                "empty" => [],
                "bomb" => Bomb(),
                _ => Encoding.ASCII.GetBytes("<html>404</html>"),
            });
        }
        await Refused(Ingest("Imagenet", scenes, "--strict"), Path.GetFileName(file), problem, remedy);
        // Left out and told, when others are sound.
        var answer = await Ingest("Imagenet", scenes, "--json");
        Assert.Equal((Verb.Done, 3, 1), (answer.Code, answer.Json.GetProperty("samples").GetInt32(), answer.Json.GetProperty("skipped").GetInt32()));
        Assert.Contains($"{file}: ", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FlowOfTheWrongSize()
    {
        var scenes = await Scenes("FlyingChairs");
        var file = First(scenes, "*.flo");
        await File.AppendAllTextAsync(file, "12345678");
        await Refused(Ingest("FlyingChairs", scenes, "--strict"), file, "bytes, but 16 x 16 flow vectors take", "fetch the file again");
        await File.WriteAllTextAsync(Path.Combine(scenes, "FlyingChairs_train_val.txt"), "1\n3\n");
        await Refused(Ingest("FlyingChairs", scenes, "--split", "Train"), "FlyingChairs_train_val.txt", "line 2");
    }

    [Theory]
    [InlineData("without the data set", "no data set \"dataset\"")]
    [InlineData("not HDF5", "not a sound HDF5 file")]
    [InlineData("not there", "does not exist")]
    public async Task AFrameOfHypersim(string mistake, string problem)
    {
        var scenes = await Scenes("Hypersim");
        var file = First(scenes, "*depth_meters.hdf5");
        var bytes = await File.ReadAllBytesAsync(file);
        var name = bytes.AsSpan().IndexOf("dataset"u8);
        Assert.True(name > 0);
        bytes[name] = (byte)'x';
        if (mistake == "not there") File.Delete(file);
        else await File.WriteAllBytesAsync(file, mistake == "not HDF5" ? bytes[..^2000][100..] : bytes);
        await Refused(Ingest("Hypersim", scenes, "--strict"), file, problem);
    }

    [Fact]
    public async Task ATableOfHypersim()
    {
        var scenes = await Scenes("Hypersim");
        var file = Path.Combine(scenes, "metadata_images_split_scene_v1.csv");
        var text = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, text.Replace("cam_00,0,", "cam_00,zero,", StringComparison.Ordinal));
        await Refused(Ingest("Hypersim", scenes, "--split", "Train"), file, "\"zero\" where frame_id should be a number");
        await File.WriteAllTextAsync(file, text.Replace("frame_id", "frame", StringComparison.Ordinal));
        await Refused(Ingest("Hypersim", scenes, "--split", "Train"), file, "no column frame_id");
    }

    [Fact]
    public async Task DepthThatIsNowhereValid()
    {
        var scenes = await Scenes("HypersimMarigold");
        var file = First(scenes, "depth_plane*.png");
        await File.WriteAllBytesAsync(file, Png.EncodeGray16(16, 16, new ushort[256]));
        await Refused(Ingest("HypersimMarigold", scenes, "--strict"), file, "no valid depth", "remove it");
    }

    [Theory]
    [InlineData("Imagenet", "holds no images")]
    [InlineData("Hypersim", "holds no colour frames")]
    [InlineData("HypersimMarigold", "holds no frames")]
    [InlineData("FlyingChairs", "has no folder data")]
    [InlineData("Pix2gestalt", "has no folder occlusion")]
    [InlineData("ImagenetTar", "ILSVRC2012_img_train.tar")]
    public async Task AnEmptyFolder(string layout, string problem)
    {
        Directory.CreateDirectory(At("nothing"));
        await Refused(Ingest(layout, At("nothing")), At("nothing"), problem);
        await File.WriteAllTextAsync(At("garbage.tar"), new string('x', 2000));
        await Refused(Ingest("ImagenetTar", At("garbage.tar")), At("garbage.tar"), "no tar header");
    }

    [Theory]
    [InlineData("--workers", "0")]
    [InlineData("--limit", "-1")]
    [InlineData("--fit-samples", "0")]
    [InlineData("--size", "20")]
    [InlineData("--size", "800000")]
    public async Task AnOption(string option, string value) => await Refused(Terminal.Run("ingest", "Imagenet", At("nothing"), At("shards"), option, value), option, value);

    [Fact]
    public async Task ATargetThatIsTaken()
    {
        var scenes = await Scenes("Imagenet");
        await File.WriteAllTextAsync(At("shards"), "");
        await Refused(Ingest("Imagenet", scenes), At("shards"), "no folder can be made there");
        File.Delete(At("shards"));
        Assert.Equal(Verb.Done, (await Ingest("Imagenet", scenes)).Code);
        var answer = await Ingest("Imagenet", scenes);
        Assert.Equal(Verb.BadInput, answer.Code);
        Assert.Contains("holds a finished data set already", answer.Error, StringComparison.Ordinal);
    }

    /// <summary>The header of a PNG that is wider than any image may be.</summary>
    static byte[] Bomb()
    {
        var png = Png.EncodeGray(1, 1, [0]);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 40_000);
        uint crc = uint.MaxValue;
        foreach (var value in png.AsSpan(12, 17))
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), ~crc);
        return png;
    }
}
