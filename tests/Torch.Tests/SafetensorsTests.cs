using System.Buffers.Binary;
using System.Text;
using Flow.TestData;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Torch.Tests;

/// <summary>Safetensors files: what is written is read again, and damage is an ordinary error that names the file.</summary>
public sealed class SafetensorsTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("flow-safetensors");

    public void Dispose()
    {
        scope.Dispose();
        folder.Delete(recursive: true);
    }

    string At(string name) => Path.Combine(folder.FullName, name);

    [Fact]
    public void EveryType_SurvivesTheRoundTrip()
    {
        ScalarType[] types = [float64, float32, float16, bfloat16, int64, int32, uint8, ScalarType.Bool];
        var tensors = types.ToDictionary(type => $"t.{type}", type => (randn(3, 4) * 3).to(type));
        tensors["scalar"] = tensor(4.5);
        tensors["empty"] = zeros(0, 3);
        tensors["strided"] = arange(6, dtype: float32).reshape(2, 3).t();
        Safetensors.Save(At("x.safetensors"), tensors, new Dictionary<string, string> { ["config"] = "{\"a\": 1}" });
        var back = Safetensors.Load(At("x.safetensors"));
        Assert.Equal(tensors.Keys, back.Keys);
        foreach (var (name, tensor) in tensors)
        {
            Assert.Equal(tensor.dtype, back[name].dtype);
            Assert.Equal(tensor.shape, back[name].shape);
            Assert.True(tensor.Equals(back[name]), name);
        }
        Assert.Equal("{\"a\": 1}", Safetensors.ReadHeader(At("x.safetensors")).Metadata["config"]);
        Assert.Equal(["x.safetensors"], folder.GetFiles().Select(file => file.Name));
    }

    [Fact]
    public void Writing_ReplacesALongerFileWhole()
    {
        Safetensors.Save(At("x.safetensors"), new Dictionary<string, Tensor> { ["a"] = zeros(1000) });
        Safetensors.Save(At("x.safetensors"), new Dictionary<string, Tensor> { ["a"] = ones(2) });
        Assert.Equal([1f, 1f], Safetensors.Load(At("x.safetensors"))["a"].data<float>().ToArray());
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "cut short")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "take 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "does not fill")]
    [InlineData("""{"a":{"dtype":"F8","shape":[8],"data_offsets":[0,8]}}""", 8, "type F8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "impossible")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "impossible")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "does not fill")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,4611686018427387904,4611686018427387904],"data_offsets":[0,0]}}""", 0, "does not fill")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "JSON")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "JSON")]
    [InlineData("not json", 8, "JSON")]
    public void DamagedHeader_IsRefusedWithItsReason(string header, int dataBytes, string reason)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + text.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, text.Length);
        text.CopyTo(bytes, 8);
        File.WriteAllBytes(At("bad.safetensors"), bytes);
        var error = Assert.Throws<InvalidDataException>(() => Safetensors.Load(At("bad.safetensors")));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("bad.safetensors", error.Message, StringComparison.Ordinal);
    }

    [GoldenFact]
    public void GoldenFiles_AreReadAndTheDamagedOnesRefused()
    {
        var (sound, refused) = (0, 0);
        foreach (var path in Directory.GetFiles(SharedFolder.Golden!, "*.safetensors"))
        {
            using var inner = NewDisposeScope();
            if (Path.GetFileName(path).StartsWith("bad_", StringComparison.Ordinal))
            {
                Assert.Throws<InvalidDataException>(() => Safetensors.Load(path));
                refused++;
                continue;
            }
            var tensors = Safetensors.Load(path);
            Assert.NotEmpty(tensors);
            Safetensors.Save(At("again.safetensors"), tensors);
            var again = Safetensors.Load(At("again.safetensors"));
            Assert.All(tensors, item => Assert.True(again[item.Key].Equals(item.Value), item.Key));
            sound++;
        }
        Assert.True(sound > 0 && refused > 0, $"{sound} sound and {refused} damaged files");
    }
}
