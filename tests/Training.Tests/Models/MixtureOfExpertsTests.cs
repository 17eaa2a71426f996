using Flow.Domain.Models;
using Flow.TestData;
using Flow.Training.Models;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Models;

public class MixtureOfExpertsTests
{
    public static TheoryData<string> Blocks => [.. GoldenFile.Named("moe_block_*.weights.safetensors")];

    public static TheoryData<string> Networks => [.. GoldenFile.Named("moe_dit*.weights.safetensors")];

    [GoldenTheory, MemberData(nameof(Blocks))]
    public void Block_EqualsTheReference(string weights)
    {
        using var scope = NewDisposeScope();
        var golden = Expected(weights);
        var block = Block(weights);
        var (x, routings) = (golden.Tensor("x").requires_grad_(), new List<Routing>());
        var output = block.forward(x, routings);
        GoldenTensors.Close(golden.Tensor("out_train"), output, 2e-5, 1e-5, "out_train");
        GoldenTensors.Close(golden.Tensor("out_eval"), block.forward(x), 2e-5, 1e-5, "out_eval");
        GoldenTensors.Close(golden.Tensor("aux_loss").squeeze(), routings[0].Balance, 2e-5, 1e-5, "aux_loss");
        AssertLoad(golden, routings[0].Load);

        // The reference injects the balance loss's gradient with coefficient 1; adding it openly gives the same.
        ((output * golden.Tensor("R")).mean() + routings[0].Balance).backward();
        GoldenTensors.Close(golden.Tensor("grad_in.x"), x.grad!, 1e-8, 1e-4, "grad_in.x");
        AssertGradients(golden, block);
    }

    [GoldenTheory, MemberData(nameof(Blocks))]
    public void WithoutTheBalanceLoss_TheRouterLearnsFromTheOutputAlone(string weights)
    {
        using var scope = NewDisposeScope();
        var golden = Expected(weights);
        var block = Block(weights);
        (block.forward(golden.Tensor("x")) * golden.Tensor("R")).mean().backward();
        var gate = block.named_parameters().Single(p => p.name == "gate.weight").parameter;
        GoldenTensors.Close(golden.Tensor("grad_noaux.gate.weight"), gate.grad!, 1e-8, 1e-4, "grad_noaux.gate.weight");
    }

    [GoldenTheory, MemberData(nameof(Networks))]
    public void Network_EqualsTheReference(string weights)
    {
        using var scope = NewDisposeScope();
        var golden = Expected(weights);
        var file = GoldenFile.Open(weights);
        var model = new DiT(file.ModelSpec(), seed: 0);
        model.Load(file);
        var routings = new List<Routing>();
        var output = model.forward(golden.Tensor("x"), golden.Tensor("t"), golden.Tensor("y"), routings);
        GoldenTensors.Close(golden.Tensor("out_train"), output, 2e-5, 1e-5, "out_train");
        GoldenTensors.Close(golden.Tensor("out_eval"), model.forward(golden.Tensor("x"), golden.Tensor("t"), golden.Tensor("y")), 2e-5, 1e-5, "out_eval");
        var balance = stack([.. routings.Select(routing => routing.Balance)], 0);
        GoldenTensors.Close(golden.Tensor("aux_losses"), balance, 2e-5, 1e-5, "aux_losses");
        ((output * golden.Tensor("R")).mean() + balance.sum()).backward();
        AssertGradients(golden, model);
    }

    [Fact]
    public void BalanceLoss_IsAlphaWhenScoresAndLoadAreEven()
    {
        using var scope = NewDisposeScope();
        var block = new MixtureOfExperts(8, 16, new MoeSpec(Experts: 4, ActiveExperts: 4, BalanceWeight: 0.25));
        using (no_grad())
            foreach (var (_, parameter) in block.named_parameters()) parameter.zero_();
        var routings = new List<Routing>();
        block.forward(randn(2, 5, 8), routings);
        Assert.Equal(0.25, routings[0].Balance.item<float>(), 1e-6);
        Assert.All(routings[0].Load.data<float>().ToArray(), share => Assert.Equal(0.25f, share, 1e-6f));
    }

    static void AssertGradients(GoldenFile golden, nn.Module module)
    {
        foreach (var (name, parameter) in module.named_parameters().Where(p => p.parameter.requires_grad))
            GoldenTensors.Close(golden.Tensor($"grad.{name}"), parameter.grad ?? zeros_like(parameter), 1e-8, 1e-4, $"grad.{name}");
    }

    static void AssertLoad(GoldenFile golden, Tensor load)
    {
        var chosen = golden.Longs("topk_idx");
        var counts = load.data<float>().ToArray().Select(share => (long)Math.Round(share * chosen.Length));
        Assert.Equal(Enumerable.Range(0, (int)load.shape[0]).Select(expert => (long)chosen.Count(e => e == expert)), counts);
    }

    static GoldenFile Expected(string weights) => GoldenFile.Open(weights.Replace(".weights.", ".golden.", StringComparison.Ordinal));

    static MixtureOfExperts Block(string weights)
    {
        var file = GoldenFile.Open(weights);
        var config = file.Config();
        int Number(string name) => config.GetProperty(name).GetInt32();
        var width = Number("embed_dim");
        var block = new MixtureOfExperts(width, (int)(width * config.GetProperty("mlp_ratio").GetDouble()), new MoeSpec(Number("num_experts"), Number("num_experts_per_tok")));
        block.Load(file);
        return block;
    }
}
