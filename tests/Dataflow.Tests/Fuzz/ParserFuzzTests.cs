using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Flow.Dataflow.Codecs;
using Flow.Dataflow.Sources;
using Flow.Dataflow.Synth;
using Flow.Dataflow.Tests.Ingest;
using Xunit;

namespace Flow.Dataflow.Tests.Fuzz;

/// <summary>
/// Mutated files (FLOW_FUZZ of each kind, 20,000 unless told): a parser may accept one or refuse it with the one error that names the
/// file; never another exception, a crash, a second of time or memory beyond its limit.
/// </summary>
public sealed class ParserFuzzTests
{
    static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("FLOW_FUZZ"), out var rounds) ? rounds : 20_000;

    const long MemoryLimit = 64 << 20;

    static readonly Scene Scene = SceneRenderer.Render(1, 2, 24);
    static readonly RgbImage Picture = new(24, 24, Scene.Rgb);

    public static TheoryData<string> Parsers => ["jpeg", "jpeg-scaled", "png", "png16", "kitti", "ppm", "flo", "pfm", "hdf5", "tar", "csv"];

    [Theory]
    [MemberData(nameof(Parsers))]
    public void AMutatedFile_IsReadOrRefused(string parser)
    {
        using var folder = new TemporaryFolder();
        var (seeds, parse) = Subject(parser, folder);
        foreach (var seed in seeds) parse(seed, 0);
        var (read, refused) = (0, 0);
        Parallel.For(0, Rounds, round =>
        {
            var mutant = Mutate(seeds[round % seeds.Length], new Random(round), parser);
            var (started, memory) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
            try
            {
                parse(mutant, round);
                Interlocked.Increment(ref read);
            }
            catch (BadFileException error)
            {
                Assert.Contains("fuzz", error.Message, StringComparison.Ordinal);
                Interlocked.Increment(ref refused);
            }
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - memory < MemoryLimit, $"round {round} took {GC.GetAllocatedBytesForCurrentThread() - memory} bytes");
            Assert.True(Stopwatch.GetElapsedTime(started).TotalSeconds < 1 || Slow(parse, mutant, round), $"round {round} took {Stopwatch.GetElapsedTime(started)}");
        });
        Assert.True(refused > Rounds / 100, $"only {refused} of {Rounds} mutants were refused: does the fuzz reach the parser?");
        Assert.Equal(Rounds, read + refused);
    }

    /// <summary>A busy machine may hold one round up; what is slow three times in a row is slow itself.</summary>
    static bool Slow(Action<byte[], int> parse, byte[] mutant, int round) => Enumerable.Range(0, 3).Any(_ =>
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            parse(mutant, round);
        }
        catch (BadFileException)
        {
        }
        return Stopwatch.GetElapsedTime(started).TotalSeconds < 1;
    });

    static (byte[][] Seeds, Action<byte[], int> Parse) Subject(string parser, TemporaryFolder folder)
    {
        switch (parser)
        {
            case "jpeg":
                return ([Jpeg.Encode(Picture), Jpeg.Encode(new RgbImage(8, 72, Scene.Rgb), 30)], (bytes, _) => Jpeg.Decode(bytes, "fuzz"));
            case "jpeg-scaled":
                return ([Jpeg.Encode(Picture)], (bytes, _) => Jpeg.Decode(bytes, "fuzz", atLeast: 4));
            case "png":
                return ([Png.Encode(Picture), Png.EncodeGray(24, 24, Scene.Amodal.WholeMask)], (bytes, _) => Png.Decode(bytes, "fuzz").ToRgb());
            case "png16":
                return ([Png.EncodeGray16(24, 24, Array.ConvertAll(Scene.Depth, d => (ushort)(1000 * d)))], (bytes, _) => Png.Decode(bytes, "fuzz").ToGray());
            case "kitti":
                return ([Kitti()], (bytes, _) => KittiFlow.Decode(bytes, "fuzz"));
            case "ppm":
                return ([Ppm.Encode(Picture)], (bytes, _) => Ppm.Decode(bytes, "fuzz"));
            case "flo":
                return ([Flo.Encode(new FloatImage(24, 24, 2, Scene.Flow))], (bytes, _) => Flo.Decode(bytes, "fuzz"));
            case "pfm":
                return ([[.. "Pf\n24 24\n-1.0\n"u8, .. new byte[24 * 24 * 4]], [.. "PF 2 3 1\n"u8, .. new byte[72]]], (bytes, _) => Pfm.Decode(bytes, "fuzz"));
            case "hdf5":
                Hdf5Writer.WriteHalves(folder["a"], Scene.Distance, 24, 24);
                Hdf5Writer.WriteHalves(folder["b"], Array.ConvertAll(Scene.Rgb, value => (float)value), 24, 24, 3);
                return ([File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"])], (bytes, _) => Hdf5.Decode(bytes, "fuzz").ToSingles());
            case "tar":
                return ([TarTests.TarOfTars(3, 2)], (bytes, round) => ReadTar(folder[$"fuzz{round}.tar"], bytes));
            default:
                return ([Encoding.ASCII.GetBytes("scene_name,camera_name,frame_id\nai_001_001,cam_00,0\nai_001_001,cam_00,1\n")], (bytes, round) => ReadCsv(folder[$"fuzz{round}.csv"], bytes));
        }
    }

    static void ReadTar(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        using (var handle = File.OpenHandle(path))
            foreach (var entry in Tar.Entries(handle, path, 0, bytes.Length))
                if (entry.Name.EndsWith(".tar", StringComparison.Ordinal)) _ = Tar.Entries(handle, path, entry.Offset, entry.Length).Count();
        File.Delete(path);
    }

    static void ReadCsv(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        _ = new CsvTable(path).Select("scene_name", "frame_id").ToList();
        File.Delete(path);
    }

    static byte[] Kitti()
    {
        // The 16-bit gray writer with three samples a pixel, and the header told so.
        var png = Png.EncodeGray16(18, 6, [.. Enumerable.Range(0, 108).Select(i => (ushort)(32768 + 64 * i))]);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 6);
        png[25] = 2;
        return WithChecksums(png);
    }

    /// <summary>One to eight edits of bytes, ranges and lengths; of a PNG every other mutant gets right checksums, so that it is looked into.</summary>
    static byte[] Mutate(byte[] seed, Random random, string parser)
    {
        var bytes = seed.ToList();
        for (var edits = random.Next(1, 9); edits > 0 && bytes.Count > 0; edits--)
        {
            // Headers are where the harm is done: half of the edits hit the first bytes.
            var at = random.Next(random.Next(2) == 0 ? Math.Min(64, bytes.Count) : bytes.Count);
            switch (random.Next(12))
            {
                case < 4:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case < 7:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 7:
                    bytes[at] = 0xFF;
                    break;
                case 8:
                    bytes[at] = 0;
                    break;
                case 9:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 10:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 16), bytes.Count - at));
                    break;
                default:
                    if (random.Next(4) == 0) bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }
        var mutant = bytes.ToArray();
        return parser is "png" or "png16" or "kitti" && random.Next(2) == 0 ? WithChecksums(mutant) : mutant;
    }

    static byte[] WithChecksums(byte[] png)
    {
        for (long at = 8; at + 12 <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan((int)at));
            if (at + 12 + length > png.Length) break;
            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan((int)(at + 8 + length)), Crc32.Of(png.AsSpan((int)at + 4, 4 + (int)length)));
            at += 12 + length;
        }
        return png;
    }
}
