using Flow.TestData;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests;

/// <summary>Golden tensors as tensors, and comparison in the README's terms: |got - want| at most a + b max|want|.</summary>
static class TensorAssert
{
    public static Tensor Tensor(this GoldenFile golden, string name) => golden.IsInteger(name)
        ? tensor(golden.Longs(name), golden.Shape(name))
        : tensor(golden.Floats(name), golden.Shape(name));

    public static void Close(GoldenFile golden, string name, Tensor got, double absolute, double relative)
    {
        Assert.Equal(golden.Shape(name), got.shape);
        Close(golden.Floats(name), got, absolute, relative, name);
    }

    public static void Close(float[] want, Tensor got, double absolute, double relative, string what)
    {
        var values = got.detach().to(ScalarType.Float32).contiguous().data<float>().ToArray();
        Assert.Equal(want.Length, values.Length);
        var bound = absolute + relative * want.Max(Math.Abs);
        for (var i = 0; i < want.Length; i++)
            Assert.True(Math.Abs(values[i] - want[i]) <= bound, $"{what}[{i}]: {values[i]} instead of {want[i]}, more than {bound} apart");
    }
}
