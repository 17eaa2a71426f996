using Flow.TestData;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Torch.Tests;

/// <summary>Modules: names of the state dictionary, copies, moves and training.</summary>
public sealed class ModuleTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    sealed class Tiny : Module<Tensor, Tensor>
    {
        readonly Linear fc1;
        readonly ModuleList<Module<Tensor, Tensor>> blocks;
        readonly Sequential head;
        readonly Parameter gain;
        readonly Tensor offset;

        internal Tiny(string name = "tiny") : base(name)
        {
            fc1 = Linear(3, 4);
            blocks = ModuleList<Module<Tensor, Tensor>>(LayerNorm(4, elementwise_affine: false), Linear(4, 4, hasBias: false));
            head = Sequential(SiLU(), Linear(4, 2));
            gain = Parameter(ones(1));
            offset = zeros(2);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var inner = NewDisposeScope();
            var x = fc1.call(input);
            foreach (var block in blocks) x = block.call(x);
            return (head.call(x) * gain + offset).MoveToOuterDisposeScope();
        }
    }

    [Fact]
    public void FieldNames_AreTheKeys()
    {
        using var model = new Tiny();
        string[] expected = ["blocks.1.weight", "fc1.bias", "fc1.weight", "gain", "head.1.bias", "head.1.weight", "offset"];
        Assert.Equal(expected, model.state_dict().Keys.Order(StringComparer.Ordinal));
        Assert.Equal(expected.Where(key => key != "offset"), model.named_parameters().Select(p => p.name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void StateDictionary_CopiesOneModelToAnother()
    {
        using Tiny one = new(), two = new();
        var x = randn(5, 3);
        Assert.False(one.call(x).Equals(two.call(x)));
        two.load_state_dict(one.state_dict());
        Assert.True(one.call(x).Equals(two.call(x)));
        var partial = one.state_dict();
        partial.Remove("gain");
        Assert.Throws<InvalidOperationException>(() => two.load_state_dict(partial));
    }

    [BindingFact("TorchSharp refuses a partial state dictionary without naming the key")]
    public void PartialStateDictionary_IsRefusedByItsKey()
    {
        using var model = new Tiny();
        var partial = model.state_dict();
        partial.Remove("gain");
        Assert.Contains("gain", Assert.Throws<InvalidOperationException>(() => model.load_state_dict(partial)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Move_KeepsTheOptimizersParameters()
    {
        using var model = new Tiny();
        using var optimizer = optim.AdamW(model.parameters(), lr: 0.1);
        model.to(ScalarType.Float64);
        Assert.All(optimizer.parameters(), parameter => Assert.Equal(ScalarType.Float64, parameter.dtype));
        Assert.Equal(ScalarType.Float64, model.call(randn(2, 3, float64)).dtype);
    }

    [Fact]
    public void Training_LowersTheLoss()
    {
        manual_seed(0);
        using var model = new Tiny();
        using var optimizer = optim.AdamW(model.parameters(), lr: 1e-2);
        var (x, y) = (randn(64, 3), randn(64, 2));
        double Loss()
        {
            using var step = NewDisposeScope();
            optimizer.zero_grad();
            var loss = functional.mse_loss(model.call(x), y);
            loss.backward();
            optimizer.step();
            return loss.item<float>();
        }
        var first = Loss();
        var last = 0.0;
        for (var i = 0; i < 200; i++) last = Loss();
        Assert.True(last < 0.8 * first, $"{first} -> {last}");
    }

    [Fact]
    public void ClippedGradients_HaveTheNormAsked()
    {
        using var model = new Tiny();
        (model.call(randn(8, 3)) * 100).sum().backward();
        var before = nn.utils.clip_grad_norm_(model.parameters(), 1);
        Assert.True(before > 1);
        Assert.Equal(1, TensorEngine.Current.GradientNorm([.. model.parameters()]), 1e-4);
    }
}
