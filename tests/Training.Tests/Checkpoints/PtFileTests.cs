using System.IO.Compression;
using Flow.TestData;
using Flow.Training.Checkpoints.Pt;
using LanguageExt;
using LanguageExt.Common;
using Xunit;
using static LanguageExt.Prelude;

namespace Flow.Training.Tests.Checkpoints;

public class PtFileTests
{
    public static TheoryData<string> Good => [.. GoldenFile.Named("ckpt_*.pt")];

    public static TheoryData<string> Damaged => [.. GoldenFile.Named("bad_*.pt")];

    [GoldenTheory, MemberData(nameof(Good))]
    public void EveryTensor_IsReadBitForBit(string name)
    {
        var (expected, prefix) = Expected(name);
        using var file = Opened(Golden(name));
        var wanted = expected.Names.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        Assert.Equal(wanted.Select(key => key[prefix.Length..]).Order(), file.Names.Order());
        foreach (var key in wanted)
        {
            var tensor = Success(file.Tensor(key[prefix.Length..]));
            Assert.Equal(expected.Shape(key), tensor.Shape);
            Assert.Equal(tensor.Type is PtType.Float32 or PtType.Float64 or PtType.Float16 or PtType.BFloat16
                ? expected.Floats(key).Select(value => (double)value)
                : expected.Longs(key).Select(value => (double)value), Numbers(tensor));
        }
    }

    [GoldenTheory, MemberData(nameof(Damaged))]
    public void DamagedFile_IsAnOrdinaryErrorThatNamesIt(string name)
    {
        var error = ReadAll(Golden(name));
        Assert.Contains(name, error.Map(e => e.Message).IfNone("(read without complaint)"), StringComparison.Ordinal);
    }

    [GoldenFact]
    public void TrainingCheckpoint_PrefersItsEmaAndKeepsItsArguments()
    {
        using var file = Opened(Golden("ckpt_train.pt"));
        Assert.Equal("ema", file.PreferredPart);
        Assert.Equal("DiT-S/2", file.Values["args.model"]);
        Assert.Equal(256L, file.Values["args.image_size"]);
        Assert.Equal(1e-4, file.Values["opt.param_groups.0.lr"]);
    }

    [GoldenTheory, InlineData("ckpt_tiny.pt", 500), InlineData("ckpt_odd_tensors.pt", 500), InlineData("ckpt_train_legacy.pt", 40)]
    public void MutatedFile_NeverEscapesAsAnException(string name, int mutations)
    {
        var original = File.ReadAllBytes(Golden(name));
        var random = new System.Random(name.Length);
        var path = Path.Combine(Path.GetTempPath(), $"flow-fuzz-{Guid.NewGuid():N}.pt");
        var refused = 0;
        try
        {
            for (var i = 0; i < mutations; i++)
            {
                File.WriteAllBytes(path, Mutated(original, random));
                if (ReadAll(path).IsSome) refused++;
            }
        }
        finally
        {
            File.Delete(path);
        }
        Assert.True(refused > mutations / 4, $"only {refused} of {mutations} damaged files were refused");
    }

    [GoldenTheory, InlineData("ckpt_tiny.pt"), InlineData("ckpt_odd_tensors.pt")]
    public void MutatedPickleInASoundArchive_NeverEscapesAsAnException(string name)
    {
        var path = Path.Combine(Path.GetTempPath(), $"flow-fuzz-{Guid.NewGuid():N}.pt");
        var random = new System.Random(name.Length);
        try
        {
            for (var i = 0; i < 700; i++)
            {
                File.Delete(path);
                CopyWithMutatedPickle(Golden(name), path, random);
                ReadAll(path);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The checksums are right, so that the mutation reaches the pickle machine.</summary>
    static void CopyWithMutatedPickle(string from, string to, System.Random random)
    {
        using var source = ZipFile.OpenRead(from);
        using var target = ZipFile.Open(to, ZipArchiveMode.Create);
        foreach (var entry in source.Entries)
        {
            using var content = entry.Open();
            var bytes = new byte[entry.Length];
            content.ReadExactly(bytes);
            using var copy = target.CreateEntry(entry.FullName, CompressionLevel.NoCompression).Open();
            copy.Write(entry.Name == "data.pkl" ? Mutated(bytes, random) : bytes);
        }
    }

    /// <summary>Cuts the end, flips bytes anywhere or at the start (where the old format has its pickle), or repeats a stretch.</summary>
    static byte[] Mutated(byte[] original, System.Random random)
    {
        var bytes = (byte[])original.Clone();
        switch (random.Next(4))
        {
            case 0: return bytes[..random.Next(bytes.Length)];
            case 1:
                for (var i = random.Next(1, 9); i > 0; i--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
            case 2:
                for (var i = random.Next(1, 5); i > 0; i--) bytes[random.Next(Math.Min(bytes.Length, 1200))] = (byte)random.Next(256);
                return bytes;
            default:
                var (from, to, length) = (random.Next(bytes.Length), random.Next(bytes.Length), random.Next(1, 64));
                length = Math.Min(length, bytes.Length - Math.Max(from, to));
                original.AsSpan(from, length).CopyTo(bytes.AsSpan(to));
                return bytes;
        }
    }

    /// <summary>The error that stopped reading, or none when everything was read.</summary>
    static Option<Error> ReadAll(string path) => PtFile.Open(path).Match(
        Right: file =>
        {
            using (file)
                return file.Names.Select(name => file.Tensor(name).Match(_ => Option<Error>.None, Some)).FirstOrDefault(error => error.IsSome);
        },
        Left: Some);

    /// <summary>A file's own expected tensors, those of the file it was made from, or (a bare state dict) the EMA weights of ckpt_train.</summary>
    static (GoldenFile File, string Prefix) Expected(string name)
    {
        for (var stem = Path.GetFileNameWithoutExtension(name); stem.Contains('_', StringComparison.Ordinal); stem = stem[..stem.LastIndexOf('_')])
            if (File.Exists(Golden($"{stem}.expected.safetensors"))) return (GoldenFile.Open($"{stem}.expected.safetensors"), "");
        return (GoldenFile.Open("ckpt_train.expected.safetensors"), "ema.");
    }

    static string Golden(string name) => Path.Combine(SharedFolder.Golden!, name);

    static PtFile Opened(string path) => Success(PtFile.Open(path));

    static T Success<T>(Either<Error, T> result) => result.IfLeft(error => throw new InvalidOperationException(error.Message));

    static IEnumerable<double> Numbers(PtTensor tensor)
    {
        var size = tensor.Shape.Aggregate(1L, (product, n) => product * n);
        for (var i = 0; i < size; i++)
            yield return tensor.Type switch
            {
                PtType.Float32 => BitConverter.ToSingle(tensor.Data, i * 4),
                PtType.Float64 => (float)BitConverter.ToDouble(tensor.Data, i * 8),
                PtType.Float16 => (double)BitConverter.ToHalf(tensor.Data, i * 2),
                PtType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(tensor.Data, i * 2) << 16),
                PtType.Int64 => BitConverter.ToInt64(tensor.Data, i * 8),
                PtType.Int32 => BitConverter.ToInt32(tensor.Data, i * 4),
                PtType.Int16 => BitConverter.ToInt16(tensor.Data, i * 2),
                PtType.Int8 => (sbyte)tensor.Data[i],
                _ => tensor.Data[i],
            };
    }
}
