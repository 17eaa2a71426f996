using System.Runtime.InteropServices;
using Flow.TestData;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Torch.Tests;

/// <summary>The binding against answers that can be worked out by hand.</summary>
public sealed class TensorTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Elements_SurviveShapesSlicesAndStrides()
    {
        var x = tensor(new float[] { 0, 1, 2, 3, 4, 5 }, [2, 3]);
        Assert.Equal([2L, 3L], x.shape);
        Assert.Equal(new float[] { 0, 3, 1, 4, 2, 5 }, x.t().data<float>().ToArray());
        Assert.Equal(new float[] { 1, 4 }, x[TensorIndex.Colon, 1].data<float>().ToArray());
        Assert.Equal(new float[] { 3, 4 }, x[1, ..2].data<float>().ToArray());
        Assert.Equal(4f, x[1, 1].item<float>());
        Assert.Equal(new float[] { 4, 5 }, x[x > 3].data<float>().ToArray());
        Assert.Equal(new float[] { 5, 3 }, x[1][tensor(new long[] { 2, 0 })].data<float>().ToArray());
    }

    [Fact]
    public void Assignment_ThroughAnIndexChangesTheTensor()
    {
        var x = zeros(2, 2);
        x[0, 1] = tensor(3f);
        x[TensorIndex.Tensor(tensor(new long[] { 1 })), TensorIndex.Tensor(tensor(new long[] { 0 }))] = tensor(7f);
        Assert.Equal(new float[] { 0, 3, 7, 0 }, x.data<float>().ToArray());
    }

    [Fact]
    public void Arithmetic_MixesTensorsAndNumbers()
    {
        var x = tensor(new float[] { 1, 2, 4 });
        Assert.Equal(new float[] { 3, 4, 6 }, (x + 2).data<float>().ToArray());
        Assert.Equal(new float[] { 1, 0, -2 }, (2 - x).data<float>().ToArray());
        Assert.Equal(new float[] { 2, 1, 0.5f }, (2.0 / x).data<float>().ToArray());
        Assert.Equal(ScalarType.Float32, (x * 2.0).dtype);
        Assert.Equal(7f / 3, x.mean().item<float>(), 6);
        Assert.Equal([1f, 3f], x.clamp(1, 3)[..2].add(tensor(new float[] { 0, 1 })).data<float>().ToArray());
    }

    [Fact]
    public void Backward_GivesTheDerivative()
    {
        var x = tensor(new float[] { 1, 2, 3 }, requires_grad: true);
        (x * x * x).sum().backward();
        Assert.Equal(new float[] { 3, 12, 27 }, x.grad!.data<float>().ToArray());
        using (no_grad()) Assert.False((x * 2).requires_grad);
        Assert.Throws<ExternalException>(() => x.detach().sum().backward());
    }

    [BindingFact("TorchSharp's product of mismatched shapes ends the process")]
    public void MismatchedShapes_AreAnExceptionWithLibtorchsText()
    {
        var error = Assert.Throws<ExternalException>(() => ones(2, 3).matmul(ones(4, 5)));
        Assert.Equal("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)", error.Message);
    }

    [Fact]
    public void DisposedTensor_IsRefused()
    {
        var x = ones(2);
        x.Dispose();
        Assert.ThrowsAny<InvalidOperationException>(() => x + 1);
    }

    [BindingFact("TorchSharp calls it an InvalidOperationException")]
    public void DisposedTensor_IsAnObjectDisposedException()
    {
        var x = ones(2);
        x.Dispose();
        Assert.Throws<ObjectDisposedException>(() => x + 1);
        Assert.Throws<ObjectDisposedException>(() => x.shape);
        Assert.Throws<ObjectDisposedException>(() => stack([ones(2), x]));
    }

    [Fact]
    public void Scopes_FreeWhatIsNotMovedOut()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Tensor kept, lost;
        using (NewDisposeScope())
        {
            lost = ones(2);
            kept = (lost + 1).MoveToOuterDisposeScope();
        }
        Assert.True(lost.IsInvalid);
        Assert.Equal([2f, 2f], kept.data<float>().ToArray());
        Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Seeds_DecideRandomNumbers()
    {
        manual_seed(5);
        var first = randn(4);
        manual_seed(5);
        Assert.True(first.Equals(randn(4)));
        using Generator a = new(7), b = new(7);
        var drawn = rand(3, generator: a);
        Assert.True(drawn.Equals(rand(3, generator: b)));
        Assert.False(drawn.Equals(rand(3, generator: b)));
        var state = a.get_state();
        var next = randn(5, generator: a);
        a.set_state(state);
        Assert.True(next.Equals(randn(5, generator: a)));
    }

    [Fact]
    public void SortingAndChoosing_GiveValuesAndPlaces()
    {
        var x = tensor(new float[] { 3, 1, 2, 5 });
        var (values, places) = x.topk(2);
        Assert.Equal([5f, 3f], values.data<float>().ToArray());
        Assert.Equal([3L, 0L], places.data<long>().ToArray());
        Assert.Equal([1L, 2L, 0L, 3L], x.argsort().data<long>().ToArray());
        Assert.Equal(2f, x.median().item<float>());
        Assert.Equal(2.5f, x.quantile(tensor(0.5f)).item<float>());
        Assert.Equal([0f, 1f, 0f], functional.one_hot(tensor(1L), 3).to(float32).data<float>().ToArray());
    }

    [Fact]
    public void LinearAlgebra_UndoesItself()
    {
        using var generator = new Generator(1);
        var a = randn(5, 5, float64, generator: generator);
        var symmetric = a.matmul(a.t());
        var (values, vectors) = linalg.eigh(symmetric);
        Assert.True(allclose(vectors.matmul(diag(values)).matmul(vectors.t()), symmetric));
        var (u, s, vh) = linalg.svd(a);
        Assert.True(allclose(u.matmul(diag(s)).matmul(vh), a));
        var factor = linalg.cholesky(symmetric);
        Assert.True(allclose(factor.matmul(factor.t()), symmetric));
        var b = randn(5, 2, float64, generator: generator);
        Assert.True(allclose(a.matmul(linalg.solve(a, b)), b));
        Assert.True(allclose(linalg.lstsq(a, b).Solution, linalg.solve(a, b), rtol: 1e-8));
    }
}
