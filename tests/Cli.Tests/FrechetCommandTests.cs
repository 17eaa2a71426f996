using Flow.Dataflow.Codecs;
using Flow.Torch;
using Flow.Training.Autoencoders;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Cli.Tests;

[Collection(InTinyLab.Name)]
public sealed class FrechetCommandTests : IDisposable
{
    readonly string root = Directory.CreateTempSubdirectory("flow-frechet-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task FeaturesOfFiles_HaveTheDistanceOfTheirGaussians()
    {
        // Points on the axes: covariance diag(1, 4) about 0, and diag(4, 4) about (3, 0).
        Write("one.safetensors", [[1.2247449f, 0], [-1.2247449f, 0], [0, 2.4494897f], [0, -2.4494897f]]);
        Write("two.safetensors", [[3 + 2.4494897f, 0], [3 - 2.4494897f, 0], [3, 2.4494897f], [3, -2.4494897f]]);
        var answer = await Flow("one.safetensors", "two.safetensors");
        Assert.True(answer.Code == Verb.Done, answer.Error);
        Assert.Equal(9 + 1, answer.Json.GetProperty("frechet").GetDouble(), 1e-5);
        Assert.Equal((2, 4), (answer.Json.GetProperty("dimensions").GetInt32(), answer.Json.GetProperty("samples")[1].GetInt32()));
    }

    [Fact]
    public async Task PicturesThroughTheUsersAutoencoder_AreNearToThemselvesAndFarFromOthers()
    {
        using (var scope = NewDisposeScope())
        {
            manual_seed(2);
            var model = new AutoencoderKL(new AutoencoderSpec([8, 8], LayersPerBlock: 1, NormGroups: 4));
            Safetensors.Save(At("weights.safetensors"), model.named_parameters().ToDictionary(entry => entry.name, entry => (Tensor)entry.parameter));
        }
        await File.WriteAllTextAsync(At("config.json"), """{ "block_out_channels": [8, 8], "layers_per_block": 1, "norm_num_groups": 4 }""");
        foreach (var (folder, shift) in new[] { ("dark", 0), ("bright", 120) })
        {
            Directory.CreateDirectory(At(folder));
            for (var n = 0; n < 6; n++)
                await File.WriteAllBytesAsync(At($"{folder}/{n}.png"), Png.Encode(new RgbImage(30, 40, [.. Enumerable.Range(0, 3600).Select(i => (byte)(shift + (i * (n + 3) % 97)))])));
        }
        async Task<double> Distance(string first, string second)
        {
            var answer = await Flow(first, second, "--weights", At("weights.safetensors"), "--size", "32");
            Assert.True(answer.Code == Verb.Done, answer.Error);
            Assert.Contains("6 samples for 64 features", answer.Error, StringComparison.Ordinal);
            return answer.Json.GetProperty("frechet").GetDouble();
        }
        var (same, other) = (await Distance("dark", "dark"), await Distance("dark", "bright"));
        Assert.True(same < 1e-3 * other, $"{same} to itself, {other} to the others");
    }

    [Fact]
    public async Task BadInputEndsWithTwoAndSaysWhatIsDue()
    {
        Write("one.safetensors", [[1, 2], [3, 4]]);
        Write("wide.safetensors", [[1, 2, 3], [3, 4, 5]]);
        Write("single.safetensors", [[1, 2]]);
        Write("nan.safetensors", [[1, float.NaN], [1, 2]]);
        Directory.CreateDirectory(At("empty"));
        foreach (var (second, message) in new[]
        {
            ("missing.safetensors", "there is no"), ("wide.safetensors", "2 features a sample"), ("single.safetensors", "at least two"),
            ("nan.safetensors", "not finite"), ("empty", "--weights must say"),
        })
        {
            var answer = await Flow("one.safetensors", second);
            Assert.Equal(Verb.BadInput, answer.Code);
            Assert.Contains(message, answer.Error, StringComparison.Ordinal);
        }
    }

    string At(string name) => Path.Combine(root, name);

    Task<Answer> Flow(string first, string second, params string[] more) => Terminal.Run(["frechet", At(first), At(second), .. more, "--json"]);

    void Write(string name, float[][] rows)
    {
        using var scope = NewDisposeScope();
        Safetensors.Save(At(name), new Dictionary<string, Tensor> { ["features"] = tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]) });
    }
}
