using Flow.TestData;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Torch.Tests;

/// <summary>Mixed precision: products in bfloat16, weights and their gradients in float32.</summary>
[Collection("engine")]
public sealed class AutocastTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();
    readonly ITensorEngine engine = TensorEngine.Current;

    public void Dispose() => scope.Dispose();

    [BindingFact("TorchSharp has no autocast")]
    public void Products_AreBfloat16AndWeightsStayFloat32()
    {
        manual_seed(2);
        using var linear = nn.Linear(32, 96);
        var x = randn(2, 8, 32);
        var exact = Loss(x, linear, out _);
        exact.backward();
        var expected = linear.weight!.grad!.clone();
        linear.zero_grad();
        Tensor mixed;
        ScalarType product;
        using (engine.Autocast(CPU)) mixed = Loss(x, linear, out product);
        mixed.backward();
        Assert.Equal(ScalarType.BFloat16, product);
        Assert.Equal(ScalarType.Float32, linear.weight!.grad!.dtype);
        Assert.Equal(ScalarType.Float32, nn.functional.linear(x, linear.weight!).dtype);
        // bfloat16 keeps 8 bits: 2^-8 relative per product, a few of them in a row.
        Assert.Equal(exact.item<float>(), mixed.item<float>(), 0.03 * exact.item<float>());
        var error = (linear.weight!.grad! - expected).norm().item<float>() / expected.norm().item<float>();
        Assert.True(error is > 0 and < 0.03f, $"{error}");
    }

    Tensor Loss(Tensor x, TorchSharp.Modules.Linear linear, out ScalarType product)
    {
        var qkv = linear.call(x);
        product = qkv.dtype;
        return engine.Attention(qkv, 4).to(float32).square().mean();
    }

    [Fact]
    public void FastBfloat16_IsAQuestionEveryMachineCanAnswer()
    {
        var fast = engine.HasFastBfloat16(CPU);
        Assert.Equal(fast, engine.HasFastBfloat16(CPU));
    }
}
