using Flow.Torch.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Flow.Torch;

/// <summary>Whole layers without gradients.</summary>
sealed unsafe partial class SystemEngine
{
    public Tensor? Block(Tensor x_NTD, Tensor c_ND, BlockLayers layers, long heads, double eps = 1e-6)
    {
        var weights = stackalloc nint[10];
        Put(weights, layers.Modulation);
        Put(weights + 2, layers.Qkv);
        Put(weights + 4, layers.Proj);
        Put(weights + 6, layers.Fc1);
        Put(weights + 8, layers.Fc2);
        return Native.Applies(Native.flow_block(x_NTD.Handle, c_ND.Handle, weights, heads, eps, out var result)) ? new(result) : null;
    }

    public Tensor? FinalLayer(Tensor x_NTD, Tensor c_ND, Linear modulation, Linear linear, double eps = 1e-6)
    {
        var weights = stackalloc nint[4];
        Put(weights, modulation);
        Put(weights + 2, linear);
        return Native.Applies(Native.flow_final_layer(x_NTD.Handle, c_ND.Handle, weights, eps, out var result)) ? new(result) : null;
    }

    public Tensor? SiluMlp(Tensor x_ND, Linear first, Linear second)
    {
        var weights = stackalloc nint[4];
        Put(weights, first);
        Put(weights + 2, second);
        return Native.Applies(Native.flow_silu_mlp(x_ND.Handle, weights, out var result)) ? new(result) : null;
    }

    static void Put(nint* at, Linear layer) => (at[0], at[1]) = (layer.weight.Handle, layer.bias?.Handle ?? 0);
}
