using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Torch.Tests;

/// <summary>
/// Every fused function of every kernel set against the plain operations in double precision: value and gradients within 1e-5 of the
/// largest element. Shapes include head widths and lengths that are no multiple of a vector.
/// </summary>
[Collection("engine")]
public sealed class FusedTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();
    readonly ITensorEngine engine = TensorEngine.Current;
    readonly string before = TensorEngine.Current.KernelSet;

    public void Dispose()
    {
        engine.KernelSet = before;
        scope.Dispose();
    }

    public static TheoryData<string> Sets => [.. TensorEngine.Current.KernelSets];

    [Theory]
    [MemberData(nameof(Sets))]
    public void Attention_EqualsThePlainPath(string set)
    {
        engine.KernelSet = set;
        foreach (var (tokens, heads, width) in new[] { (64, 4, 16), (64, 4, 32), (40, 3, 48), (33, 2, 64), (70, 2, 72), (16, 2, 96), (17, 1, 112), (256, 2, 16), (5, 3, 7), (1, 1, 1) })
            Compare($"{set} T {tokens} H {heads} C {width}", [2, tokens, 3 * heads * width], [], inputs => engine.Attention(inputs[0], heads), inputs => PlainOperations.Attention(inputs[0], heads));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void LayerNormModulate_EqualsThePlainPath(string set)
    {
        engine.KernelSet = set;
        foreach (var (tokens, width) in new[] { (64, 128), (10, 33), (7, 5), (256, 256) })
            Compare($"{set} T {tokens} D {width}", [3, tokens, width], [[3, width], [3, width]],
                inputs => engine.LayerNormModulate(inputs[0], inputs[1], inputs[2]), inputs => PlainOperations.LayerNormModulate(inputs[0], inputs[1], inputs[2], 1e-6));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void GatedResidual_EqualsThePlainPath(string set)
    {
        engine.KernelSet = set;
        foreach (var (tokens, width) in new[] { (64, 128), (10, 33), (7, 5) })
            Compare($"{set} T {tokens} D {width}", [3, tokens, width], [[3, width], [3, tokens, width]],
                inputs => engine.GatedResidual(inputs[0], inputs[1], inputs[2]), inputs => PlainOperations.GatedResidual(inputs[0], inputs[1], inputs[2]));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Gelu_EqualsThePlainPath(string set)
    {
        engine.KernelSet = set;
        Compare($"{set} gelu", [3, 50, 37], [], inputs => engine.GeluTanh(inputs[0] * 3), inputs => PlainOperations.GeluTanh(inputs[0] * 3));
        Compare($"{set} linear gelu", [3, 20, 32], [[67, 32], [67]], inputs => engine.LinearGelu(inputs[0], inputs[1], inputs[2]),
            inputs => PlainOperations.GeluTanh(nn.functional.linear(inputs[0], inputs[1], inputs[2])));
        Compare($"{set} linear gelu without bias", [3, 20, 32], [[67, 32]], inputs => engine.LinearGelu(inputs[0], inputs[1], null),
            inputs => PlainOperations.GeluTanh(nn.functional.linear(inputs[0], inputs[1])));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void SlicesOfOneProjection_AreTakenAsTheyLie(string set)
    {
        engine.KernelSet = set;
        Compare($"{set} slices", [2, 9, 24], [[2, 72]],
            inputs => { var c = inputs[1].chunk(3, 1); return engine.GatedResidual(inputs[0], c[2], engine.LayerNormModulate(inputs[0], c[0], c[1])); },
            inputs => { var c = inputs[1].chunk(3, 1); return PlainOperations.GatedResidual(inputs[0], c[2], PlainOperations.LayerNormModulate(inputs[0], c[0], c[1], 1e-6)); });
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void OptimizerSteps_EqualThePlainPath(string set)
    {
        engine.KernelSet = set;
        var options = new AdamWOptions(1e-2, WeightDecay: 0.1);
        Parameter[] ours = [.. new long[] { 5, 100, 40_000 }.Select(n => new Parameter(randn(n)))], theirs = [.. ours.Select(p => new Parameter(p.detach().clone()))];
        AdamWState[] state = [.. ours.Select(AdamWState.For)], other = [.. ours.Select(AdamWState.For)];
        Tensor[] averages = [.. ours.Select(p => p.detach().clone())], others = [.. averages.Select(a => a.clone())];
        for (var step = 1; step <= 5; step++)
        {
            for (var i = 0; i < ours.Length; i++) theirs[i].grad = ours[i].grad = randn_like(ours[i]);
            engine.AdamWStep(ours, state, step, options);
            PlainOperations.AdamWStep(theirs, other, step, options);
            engine.EmaUpdate(averages, ours, 0.9);
            PlainOperations.EmaUpdate(others, theirs, 0.9);
        }
        Assert.Equal(PlainOperations.GradientNorm(ours), engine.GradientNorm(ours), 1e-6 * PlainOperations.GradientNorm(ours));
        for (var i = 0; i < ours.Length; i++)
        {
            Near($"{set} parameter {i}", theirs[i], ours[i], 1e-6);
            Near($"{set} exp_avg_sq {i}", other[i].ExpAvgSq, state[i].ExpAvgSq, 1e-6);
            Near($"{set} average {i}", others[i], averages[i], 1e-6);
        }
    }

    [Fact]
    public void FusedResults_DoNotDependOnTheNumberOfThreads()
    {
        var threads = get_num_threads();
        try
        {
            Tensor qkv = randn(3, 40, 96), weight = randn(64, 32);
            Tensor[] Run(int count)
            {
                set_num_threads(count);
                Tensor x = qkv.clone().requires_grad_(), bias = zeros(64, requires_grad: true);
                engine.GeluTanh(engine.Attention(x, 2)).square().sum().backward();
                engine.LinearGelu(qkv[.., .., ..32], weight, bias).sum().backward();
                return [x.grad!, bias.grad!];
            }
            var (one, two) = (Run(1), Run(2));
            Assert.True(one[0].Equals(two[0]));
            Assert.True(one[1].Equals(two[1]));
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    void Compare(string name, long[] shape, long[][] more, Func<Tensor[], Tensor> fused, Func<Tensor[], Tensor> plain)
    {
        using var inner = NewDisposeScope();
        manual_seed(3);
        Tensor[] single = [.. more.Prepend(shape).Select(s => randn(s).requires_grad_())];
        Tensor[] exact = [.. single.Select(t => t.detach().to(float64).requires_grad_())];
        Tensor got = fused(single), expected = plain(exact), grad = randn_like(got);
        Near(name, expected, got, 1e-5);
        got.backward([grad]);
        expected.backward([grad.to(float64)]);
        for (var i = 0; i < single.Length; i++) Near($"{name}, gradient {i}", exact[i].grad!, single[i].grad!, 1e-5);
    }

    static void Near(string name, Tensor expected, Tensor got, double tolerance)
    {
        using var inner = NewDisposeScope();
        var error = (expected.detach().to(float64) - got.detach().to(float64)).abs().max().item<double>();
        var size = Math.Max(expected.detach().abs().max().to(float64).item<double>(), 1e-3);
        Assert.True(error <= tolerance * size, $"{name}: {error:E2} of {size:E2}");
    }
}
