using Flow.TestData;
using Flow.Training.Checkpoints;
using Flow.Training.Models;
using Flow.Training.Tests.Models;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Checkpoints;

public class WeightsFileTests
{
    public static TheoryData<string> Damaged => [.. GoldenFile.Named("bad_*")];

    [GoldenTheory, MemberData(nameof(Damaged))]
    public void DamagedFile_IsAnOrdinaryErrorThatNamesIt(string name)
    {
        using var scope = NewDisposeScope();
        var message = WeightsFile.Read(Golden(name)).Match(_ => "(read)", error => error.Message);
        Assert.Contains(name, message, StringComparison.Ordinal);
    }

    [GoldenFact]
    public void TypesOfTorch_ComeAsTheyAre()
    {
        using var scope = NewDisposeScope();
        var (state, expected) = (Read("ckpt_odd_tensors.pt"), GoldenFile.Open("ckpt_odd_tensors.expected.safetensors"));
        Assert.Equal(ScalarType.BFloat16, state["bf16"].dtype);
        Assert.Equal(ScalarType.Bool, state["bool"].dtype);
        foreach (var name in expected.Names.Where(name => expected.Shape(name).All(size => size > 0)))
            GoldenTensors.Close(expected.Tensor(name).to(ScalarType.Float32), state[name].to(ScalarType.Float32), 0, 0, name);
    }

    [GoldenFact]
    public void OfficialTrainingCheckpoint_ContinuesInOurModelAndComesBackUnderTheSameNames()
    {
        using var scope = NewDisposeScope();
        var spec = GoldenFile.Open("train_wd001.init.safetensors").ModelSpec();
        var model = new DiT(spec, seed: 0);
        Weights.Load(model, Read("ckpt_train.pt")).IfLeft(error => throw new InvalidOperationException(error.Message));
        var expected = GoldenFile.Open("ckpt_train.expected.safetensors");
        var exported = model.state_dict();
        Assert.Equal(expected.Names.Where(name => name.StartsWith("ema.", StringComparison.Ordinal)).Select(name => name[4..]).Order(), exported.Keys.Order());
        foreach (var (name, value) in exported) GoldenTensors.Close(expected.Tensor($"ema.{name}"), value, 0, 0, name);
        GoldenTensors.Close(expected.Tensor("model.pos_embed"), Read("ckpt_train.pt", "model")["pos_embed"], 0, 0, "model part");
    }

    static IReadOnlyDictionary<string, Tensor> Read(string name, string? part = null) =>
        WeightsFile.Read(Golden(name), part).IfLeft(error => throw new InvalidOperationException(error.Message));

    static string Golden(string name) => Path.Combine(SharedFolder.Golden!, name);
}
