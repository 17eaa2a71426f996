using System.Text.Json;
using Flow.TestData;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Diffusion;

/// <summary>The model of the golden rectified flow: v = al z + be t + ga cond, with a dummy second half of channels.</summary>
sealed class FakeFlow(GoldenFile golden)
{
    readonly float[] scalars = JsonSerializer.Deserialize<float[]>(golden.Metadata["al_be_ga"])!;

    public Tensor Velocity(Tensor z, Tensor t, long[] labels)
    {
        var velocity = scalars[0] * z + scalars[1] * t.view(-1, 1, 1, 1) + scalars[2] * tensor(labels).to(ScalarType.Float32).view(-1, 1, 1, 1);
        return cat([velocity, zeros_like(velocity)], 1);
    }
}
