using Flow.Domain.Models;
using Flow.TestData;
using Flow.Torch;
using Flow.Training.Models;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Cli.Tests;

[Collection(InTinyLab.Name)]
public sealed class WeightsCommandsTests(TinyLab lab)
{
    [Fact]
    public async Task ExportedWeightsAreTheModelsUnderItsKeyNames()
    {
        var file = lab.At("tiny.safetensors");
        var answer = await lab.Flow("export", TinyLab.Run, file, "--json");
        Assert.True(answer.Code == Verb.Done, answer.Error);
        var spec = Sizes.Find("tiny-d40-l2").IfNone(() => throw new InvalidOperationException()) with { Conditioning = Conditioning.ImageToImage };
        using var scope = NewDisposeScope();
        var network = Networks.Build(spec, seed: 0);
        Assert.True(Weights.Load(network, Safetensors.Load(file)).IsRight);
        Assert.Equal(answer.Json.GetProperty("values").GetInt64(), network.parameters().Sum(parameter => parameter.numel()));

        // The averaged weights lag behind the last ones.
        await lab.Flow("export", TinyLab.Run, lab.At("last.safetensors"), "--part", "model");
        Assert.NotEqual(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(lab.At("last.safetensors")));
    }

    [Fact]
    public async Task ImportSaysWhoseWeightsTheyAre()
    {
        var (from, into) = (lab.At("a1.safetensors"), lab.At("a1-again.safetensors"));
        using (NewDisposeScope())
        {
            var network = Networks.Build(Sizes.Find("a1").IfNone(() => throw new InvalidOperationException()), seed: 3);
            Safetensors.Save(from, network.named_parameters().ToDictionary(entry => entry.name, entry => (Tensor)entry.parameter));
        }
        var answer = await lab.Flow("import", from, into, "--json");
        Assert.True(answer.Code == Verb.Done, answer.Error);
        Assert.Equal("a1", answer.Json.GetProperty("model").GetString());
        Assert.Equal(new FileInfo(from).Length, answer.Json.GetProperty("bytes").GetInt64(), 1e3);
    }

    [GoldenFact]
    public async Task ImportOfATorchFileKeepsEveryBitOfTheAveragedWeights()
    {
        var into = lab.At("from-pt.safetensors");
        var answer = await lab.Flow("import", Path.Combine(SharedFolder.Golden!, "ckpt_train.pt"), into, "--any");
        Assert.True(answer.Code == Verb.Done, answer.Error);
        var (ours, expected) = (new GoldenFile(into), GoldenFile.Open("ckpt_train.expected.safetensors"));
        Assert.NotEmpty(ours.Names);
        Assert.All(ours.Names, name => Assert.Equal(expected.Floats("ema." + name), ours.Floats(name)));
    }

    [Fact]
    public async Task AFileThatWantsToRunACommandIsRefusedByName()
    {
        var file = lab.At("evil.pt");
        using (var zip = System.IO.Compression.ZipFile.Open(file, System.IO.Compression.ZipArchiveMode.Create))
        using (var pickle = new StreamWriter(zip.CreateEntry("archive/data.pkl").Open()))
            await pickle.WriteAsync($"cposix\nsystem\n(Vtouch {lab.At("ran")}\ntR.");
        var answer = await lab.Flow("import", file, lab.At("evil.safetensors"), "--any");
        Assert.Equal(Verb.BadInput, answer.Code);
        Assert.Contains("evil.pt", answer.Error, StringComparison.Ordinal);
        Assert.Contains("'posix.system', which is not one of the names a checkpoint may use", answer.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(lab.At("ran")));
        Assert.False(File.Exists(lab.At("evil.safetensors")));
    }

    [Fact]
    public async Task BadInputEndsWithTwo()
    {
        var text = lab.At("text.pt");
        await File.WriteAllTextAsync(text, "no weights");
        Assert.Equal(Verb.BadInput, (await lab.Flow("import", text, lab.At("x.safetensors"))).Code);
        Assert.Equal(Verb.BadInput, (await lab.Flow("import", lab.At("missing.pt"), lab.At("x.safetensors"))).Code);
        Assert.Equal(Verb.BadInput, (await lab.Flow("export", TinyLab.Run, lab.At("x.bin"))).Code);
        Assert.Equal(Verb.BadInput, (await lab.Flow("export", "no-such-run", lab.At("x.safetensors"))).Code);
        Assert.Equal(Verb.BadInput, (await lab.Flow("export", TinyLab.Run, lab.At("x.safetensors"), "--part", "both")).Code);
        Assert.False(File.Exists(lab.At("x.safetensors")));
    }
}
