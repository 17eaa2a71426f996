using System.IO.Compression;
using System.Text;
using Flow.Training.Checkpoints.Pt;
using Xunit;

namespace Flow.Training.Tests.Checkpoints;

/// <summary>Files made to run code, to exhaust memory or to read what is not theirs.</summary>
public class CraftedPtTests
{
    const string OneElement = "(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\00X\x03\0\0\0cpuK\x01tQ";

    public static TheoryData<string, string, string> Crafted => new()
    {
        { "runs a command", "cposix\nsystem\nX\x02\0\0\0id\x85R.", "posix.system" },
        { "imports by a stack of names", "X\x08\0\0\0builtinsX\x04\0\0\0eval\x93X\x01\0\0\01\x85R.", "builtins.eval" },
        { "instantiates by INST", "(iposix\nsystem\n.", "0x69" },
        { "asks an extension registry", "\x82\x01.", "0x82" },
        { "calls a storage type", "ctorch\nFloatStorage\n)R.", "wrong number or kind" },
        { "claims 2^40 elements", Tensor("K\0", "\x8a\x06\0\0\0\0\0\x01\x85", "K\x01\x85"), "outside its storage" },
        { "claims 2^80 elements", Tensor("K\0", "\x8a\x06\0\0\0\0\0\x01\x8a\x06\0\0\0\0\0\x01\x86", "K\0K\0\x86"), "more elements" },
        { "starts outside its storage", Tensor("K\x01", "K\x01\x85", "K\x01\x85"), "outside its storage" },
        { "steps backwards", Tensor("K\0", "K\x01\x85", "J\xff\xff\xff\xff\x85"), "negative" },
        { "repeats one element 2^24 times", Tensor("K\0", "J\0\0\0\x01\x85", "K\0\x85"), "times its own size" },
        { "claims a text of 4 GiB", "X\xff\xff\xff\xffa.", "middle of a value" },
        { "claims a number of 2 GiB", "\x8b\xff\xff\xff\x7f.", "middle of a value" },
        { "claims bytes of 2^63", "\x8e\0\0\0\0\0\0\0\x80.", "too large" },
        { "holds a list that holds itself", "]q\0h\0a.", "nested too deeply" },
        { "nests a hundred thousand lists", new string(']', 100_000) + new string('a', 99_999) + ".", "nested too deeply|times its own size" },
        { "holds one long key in twenty thousand places", "](}q\0X\x40\x9c\0\0" + new string('k', 40_000) + "K\x01s" + string.Concat(Enumerable.Repeat("h\0", 20_000)) + "e.", "times its own size" },
        { "builds from one large dictionary again and again", Built(fields: 3_000, times: 3_000), "times its own size" },
        { "is empty and has 2^61 rows of 2^61", Tensor("K\0", "K\0\x8a\x08\0\0\0\0\0\0\0\x20\x8a\x08\0\0\0\0\0\0\0\x20\x87", "K\0K\0K\0\x87"), "more elements" },
        { "names a file outside the archive", OneElement.Replace("X\x01\0\0\00", "X\x0b\0\0\0../../hosts", StringComparison.Ordinal), "missing" },
        { "uses a list as a key", "}]K\x01s.", "key" },
        { "sets items of a number", "K\x01K\x01K\x01s.", "not a dictionary" },
        { "pops from nothing", "0.", "more values than it gives" },
        { "reads what it never stored", "h\x05.", "has not given" },
    };

    [Theory, MemberData(nameof(Crafted))]
    public void CraftedPickle_IsRefusedWithoutAllocatingMore(string what, string pickle, string reason)
    {
        var path = Archive(pickle.StartsWith('(') && pickle.EndsWith('Q') ? Rebuilt(pickle) : pickle);
        try
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var answer = Read(path);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(reason.Split('|').Any(part => answer.Contains(part, StringComparison.Ordinal)), $"a file that {what}: {answer}");
            Assert.True(allocated < 40L * new FileInfo(path).Length + (4 << 20), $"a file that {what} made us allocate {allocated} bytes");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void NamesInAMessage_CannotMoveTheTerminalsCursorNorFillIt()
    {
        var path = Archive("cposix\x1b[2J\x1b]0;\x07" + new string('x', 100_000) + "\nsystem\n.");
        try
        {
            var answer = Read(path);
            Assert.Contains("posix?[2J", answer, StringComparison.Ordinal);
            Assert.DoesNotContain(answer, char.IsControl);
            Assert.InRange(answer.Length, 1, 1000);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory, InlineData('}'), InlineData('\0')]
    public void ArchiveThatInflatesAThousandfold_IsRefused(char filling)
    {
        var path = Archive(new string(filling, 40_000_000) + ".", CompressionLevel.SmallestSize);
        try
        {
            Assert.Contains("times its own size", Read(path), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void SoundTensor_IsRead()
    {
        var path = Archive(Tensor("K\0", "K\x01\x85", "K\x01\x85"));
        try
        {
            Assert.Equal("read", Read(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    static string Tensor(string offset, string shape, string strides) =>
        $"}}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n({OneElement}{offset}{shape}{strides}\x89}}tRs.";

    /// <summary>A namespace whose fields are set from the same dictionary many times.</summary>
    static string Built(int fields, int times) =>
        "}q\0(" + string.Concat(Enumerable.Range(0, fields).Select(i => $"M{(char)(i & 255)}{(char)(i >> 8)}N")) + "u0cargparse\nNamespace\n)R"
        + string.Concat(Enumerable.Repeat("h\0b", times)) + ".";

    /// <summary>A tensor on the given storage instead of on the sound one.</summary>
    static string Rebuilt(string storage) => Tensor("K\0", "K\x01\x85", "K\x01\x85").Replace(OneElement, storage, StringComparison.Ordinal);

    static string Archive(string pickle, CompressionLevel compression = CompressionLevel.NoCompression)
    {
        var path = Path.Combine(Path.GetTempPath(), $"flow-crafted-{Guid.NewGuid():N}.pt");
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, bytes) in new[] { ("archive/data.pkl", Encoding.Latin1.GetBytes(pickle)), ("archive/data/0", new byte[4]) })
        {
            using var entry = zip.CreateEntry(name, compression).Open();
            entry.Write(bytes);
        }
        return path;
    }

    static string Read(string path) => PtFile.Open(path).Match(
        Right: file =>
        {
            using (file)
                return file.Names.Select(name => file.Tensor(name).Match(_ => "read", error => error.Message)).LastOrDefault("read");
        },
        Left: error => error.Message);
}
