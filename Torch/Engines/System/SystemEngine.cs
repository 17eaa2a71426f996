using Flow.Torch.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Torch;

/// <summary>Makes the engine of an Engines=system build.</summary>
static class BuiltInEngine
{
    internal static ITensorEngine Create() => new SystemEngine();
}

/// <summary>The engine over our own binding of libtorch: fused functions where they apply, plain operations elsewhere.</summary>
sealed partial class SystemEngine : ITensorEngine
{
    // In the order of the native side: flow_use_kernels(0, 1, 2).
    static readonly string[] Sets = ["plain", "avx2", "avx512"];

    string kernelSet = Sets[0];

    internal SystemEngine()
    {
        Native.flow_keep_freed_memory();
        UseAllCores();
        KernelSets = [.. Enumerable.Range(0, Sets.Length).Reverse().Where(set => Native.flow_use_kernels(set) == 0).Select(set => Sets[set])];
        KernelSet = Environment.GetEnvironmentVariable("FLOW_KERNELS") is { Length: > 0 } named ? named : KernelSets[0];
    }

    public IReadOnlyList<string> KernelSets { get; }

    public string KernelSet
    {
        get => kernelSet;
        set
        {
            if (!KernelSets.Contains(value))
                throw new ArgumentException($"kernel set '{value}' (from FLOW_KERNELS, perhaps) does not run here: choose {string.Join(", ", KernelSets)}");
            _ = Native.flow_use_kernels(Array.IndexOf(Sets, value));
            kernelSet = value;
        }
    }

    public long LiveTensors => Native.flow_live_handles();

    public Tensor Attention(Tensor qkv_NT3D, long heads) =>
        Native.Applies(Native.flow_attention(qkv_NT3D.Handle, heads, out var result)) ? new(result) : PlainOperations.Attention(qkv_NT3D, heads);

    public Tensor LayerNormModulate(Tensor x_NTD, Tensor shift_ND, Tensor scale_ND, double eps = 1e-6) =>
        Native.Applies(Native.flow_norm_modulate(x_NTD.Handle, shift_ND.Handle, scale_ND.Handle, eps, out var result))
            ? new(result)
            : PlainOperations.LayerNormModulate(x_NTD, shift_ND, scale_ND, eps);

    public Tensor GatedResidual(Tensor x_NTD, Tensor gate_ND, Tensor y_NTD) =>
        Native.Applies(Native.flow_gated_residual(x_NTD.Handle, gate_ND.Handle, y_NTD.Handle, out var result))
            ? new(result)
            : PlainOperations.GatedResidual(x_NTD, gate_ND, y_NTD);

    public Tensor GeluTanh(Tensor x) =>
        Native.Applies(Native.flow_gelu_tanh(x.Handle, out var result)) ? new(result) : Aten.Call("gelu", x, "tanh");

    public Tensor LinearGelu(Tensor x, Tensor weight, Tensor? bias)
    {
        if (Native.Applies(Native.flow_linear_gelu(x.Handle, weight.Handle, bias is null ? 0 : bias.Handle, out var result))) return new(result);
        using var scope = NewDisposeScope();
        return GeluTanh(functional.linear(x, weight, bias)).MoveToOuterDisposeScope();
    }

    public unsafe void AdamWStep(IReadOnlyList<Parameter> parameters, IReadOnlyList<AdamWState> state, long step, AdamWOptions options)
    {
        nint[] p = Handles(parameters), m = [.. state.Select(s => s.ExpAvg.Handle)], v = [.. state.Select(s => s.ExpAvgSq.Handle)];
        if (m.Length != p.Length) throw new ArgumentException($"{p.Length} parameters and {m.Length} states");
        var constants = Constants(options, step);
        fixed (nint* first = p, second = m, third = v)
            if (Native.Applies(Native.flow_adamw(first, second, third, p.Length, constants)))
                return;
        PlainOperations.AdamWStep(parameters, state, step, options);
    }

    static AdamWConstants Constants(AdamWOptions o, long step) => new(
        (float)(1 - o.LearningRate * o.WeightDecay), (float)o.Beta1, (float)(1 - o.Beta1), (float)o.Beta2, (float)(1 - o.Beta2), (float)o.Eps,
        (float)(o.LearningRate / (1 - Math.Pow(o.Beta1, step))), (float)Math.Sqrt(1 - Math.Pow(o.Beta2, step)));

    public unsafe void EmaUpdate(IReadOnlyList<Tensor> averages, IReadOnlyList<Tensor> values, double decay)
    {
        nint[] to = Handles(averages), from = Handles(values);
        if (to.Length != from.Length) throw new ArgumentException($"{to.Length} averages and {from.Length} values");
        fixed (nint* first = to, second = from)
            if (Native.Applies(Native.flow_ema(first, second, to.Length, decay))) return;
        PlainOperations.EmaUpdate(averages, values, decay);
    }

    public unsafe double GradientNorm(IReadOnlyList<Parameter> parameters)
    {
        var handles = Handles(parameters);
        fixed (nint* first = handles)
            if (Native.Applies(Native.flow_gradient_square(first, handles.Length, out var square))) return Math.Sqrt(square);
        return PlainOperations.GradientNorm(parameters);
    }

    public IProcessGroup JoinGroup(MeetingPoint at, int rank, int size, Device? device = null) =>
        size == 1 ? new SingleWorker() : new C10dGroup(at, rank, size, device ?? CPU);

    static nint[] Handles(IReadOnlyList<Tensor> tensors)
    {
        var handles = new nint[tensors.Count];
        for (var i = 0; i < handles.Length; i++) handles[i] = tensors[i].Handle;
        return handles;
    }
}
