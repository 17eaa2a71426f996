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

    // images, tokens, heads, width of a head, width of the MLP
    static readonly (int N, int T, int H, int C, int Inner)[] Blocks =
        [(1, 64, 4, 32, 512), (3, 40, 3, 8, 50), (2, 33, 2, 72, 300), (2, 70, 1, 16, 64), (5, 5, 3, 7, 84), (1, 1, 1, 1, 3), (1, 257, 2, 48, 384)];

    [Theory]
    [MemberData(nameof(Sets))]
    public void Block_EqualsItsParts(string set)
    {
        engine.KernelSet = set;
        using var quiet = no_grad();
        foreach (var (n, tokens, heads, width, inner) in Blocks)
        {
            using var inside = NewDisposeScope();
            var (x, c, layers) = BlockOf(n, tokens, heads * width, inner);
            var got = engine.Block(x, c, layers, heads);
            Assert.Equal(set == "plain", got is null);
            if (got is not null) Near($"{set} block {n} x {tokens}, {heads} x {width}, {inner}", Parts(x, c, layers, heads), got, 1e-5);
        }
    }

    [Fact]
    public void Block_GivesASampleTheSameNumbers_InAnyBatchAndOnAnyNumberOfThreads()
    {
        using var quiet = no_grad();
        var threads = get_num_threads();
        try
        {
            foreach (var (_, tokens, heads, width, inner) in Blocks)
            {
                using var inside = NewDisposeScope();
                var (x, c, layers) = BlockOf(3, tokens, heads * width, inner);
                set_num_threads(1);
                var together = engine.Block(x, c, layers, heads);
                if (together is null) return;
                set_num_threads(2);
                Assert.True(together.Equals(engine.Block(x, c, layers, heads)!));
                for (var i = 0; i < 3; i++) Assert.True(together[i..(i + 1)].Equals(engine.Block(x[i..(i + 1)], c[i..(i + 1)], layers, heads)!));
            }
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void Block_LeavesWhatItCannotDoToItsParts()
    {
        var (x, c, layers) = BlockOf(2, 10, 24, 96);
        Assert.Null(engine.Block(x, c, layers, 3));
        using var quiet = no_grad();
        Assert.Null(engine.Block(x, c, layers, 5));
        Assert.Null(engine.Block(x, c[..1], layers, 3));
        Assert.Null(engine.Block(x.to(float64), c.to(float64), layers, 3));
        Assert.Null(engine.Block(x, c, layers with { Fc1 = layers.Proj }, 3));
        using (engine.Autocast(CPU)) Assert.Null(engine.Block(x, c, layers, 3));
        // Tokens that were transposed, and conditions whose rows lie apart.
        Assert.Null(engine.Block(randn(10, 2, 24).transpose(0, 1), c, layers, 3));
        Assert.Null(engine.Block(x, randn(2, 48)[.., ..24], layers, 3));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void FinalLayerAndSiluMlp_EqualTheirParts(string set)
    {
        engine.KernelSet = set;
        using (no_grad())
            foreach (var (n, tokens, heads, width, outputs) in Blocks)
            {
                using var inside = NewDisposeScope();
                manual_seed(6);
                var d = heads * width;
                var (x, c, modulation, last) = (randn(n, tokens, d), randn(n, d), nn.Linear(d, 2 * d), nn.Linear(d, outputs));
                var m = Apply(modulation, Silu(Exact(c))).chunk(2, 1);
                var got = engine.FinalLayer(x, c, modulation, last);
                Assert.Equal(set == "plain", got is null);
                if (got is not null) Near($"{set} final {n} x {tokens} x {d}", Apply(last, PlainOperations.LayerNormModulate(Exact(x), m[0], m[1], 1e-6)), got, 1e-5);
                var second = nn.Linear(2 * d, outputs);
                var rows = engine.SiluMlp(c, modulation, second);
                Assert.Equal(set == "plain", rows is null);
                if (rows is not null) Near($"{set} mlp {n} x {d}", Apply(second, Silu(Apply(modulation, Exact(c)))), rows, 1e-5);
            }
        Assert.Null(engine.FinalLayer(randn(1, 4, 8), randn(1, 8), nn.Linear(8, 16), nn.Linear(8, 3)));
        Assert.Null(engine.SiluMlp(randn(1, 8), nn.Linear(8, 16), nn.Linear(16, 3)));
    }

    static Tensor Exact(Tensor t) => t.to(float64);

    static Tensor Silu(Tensor t) => t * t.sigmoid();

    static Tensor Apply(Linear layer, Tensor t) => nn.functional.linear(t, Exact(layer.weight), Exact(layer.bias!));

    static (Tensor X, Tensor C, BlockLayers Layers) BlockOf(int n, int tokens, int width, int inner)
    {
        manual_seed(5);
        return (randn(n, tokens, width), randn(n, width),
            new(nn.Linear(width, 6 * width), nn.Linear(width, 3 * width), nn.Linear(width, width), nn.Linear(width, inner), nn.Linear(inner, width)));
    }

    static Tensor Parts(Tensor x_NTD, Tensor c_ND, BlockLayers layers, long heads)
    {
        var x = Exact(x_NTD);
        var m = Apply(layers.Modulation, Silu(Exact(c_ND))).chunk(6, 1);
        var mixed = PlainOperations.Attention(Apply(layers.Qkv, PlainOperations.LayerNormModulate(x, m[0], m[1], 1e-6)), heads);
        x = PlainOperations.GatedResidual(x, m[2], Apply(layers.Proj, mixed));
        var inner = PlainOperations.GeluTanh(Apply(layers.Fc1, PlainOperations.LayerNormModulate(x, m[3], m[4], 1e-6)));
        return PlainOperations.GatedResidual(x, m[5], Apply(layers.Fc2, inner));
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
