using Flow.Torch.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Torch;

/// <summary>Makes the engine of an Engines=system build.</summary>
static class BuiltInEngine
{
    internal static ITensorEngine Create() => new SystemEngine();
}

/// <summary>The engine over our own binding of libtorch.</summary>
sealed class SystemEngine : ITensorEngine
{
    internal SystemEngine() => Native.flow_keep_freed_memory();

    public EngineInfo Info => new("system", Interop.Version.Text, Blas.Preloaded is { } file ? $"{Path.GetFileName(Path.GetDirectoryName(file))} ({Blas.CoreType ?? "its own choice of core"})" : "libtorch's own",
        "plain", get_num_threads(), ["cpu", .. Enumerable.Range(0, cuda.device_count()).Select(i => $"cuda:{i}")], []);

    public bool Fused { get; set; } = true;

    public long LiveTensors => Native.flow_live_handles();

    public Tensor Attention(Tensor qkv_NT3D, long heads) => PlainOperations.Attention(qkv_NT3D, heads);

    public Tensor LayerNormModulate(Tensor x_NTD, Tensor shift_ND, Tensor scale_ND, double eps = 1e-6) =>
        PlainOperations.LayerNormModulate(x_NTD, shift_ND, scale_ND, eps);

    public Tensor GatedResidual(Tensor x_NTD, Tensor gate_ND, Tensor y_NTD) => PlainOperations.GatedResidual(x_NTD, gate_ND, y_NTD);

    public Tensor GeluTanh(Tensor x) => Aten.Call("gelu", x, "tanh");

    public Tensor LinearGelu(Tensor x, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        return GeluTanh(functional.linear(x, weight, bias)).MoveToOuterDisposeScope();
    }

    public void AdamWStep(IReadOnlyList<Parameter> parameters, IReadOnlyList<AdamWState> state, long step, AdamWOptions options) =>
        PlainOperations.AdamWStep(parameters, state, step, options);

    public void EmaUpdate(IReadOnlyList<Tensor> averages, IReadOnlyList<Tensor> values, double decay) =>
        PlainOperations.EmaUpdate(averages, values, decay);

    public double GradientNorm(IReadOnlyList<Parameter> parameters) => PlainOperations.GradientNorm(parameters);

    public bool HasFastBfloat16(Device device) => device.type == DeviceType.CUDA;

    public IDisposable Autocast(Device device) => new AutocastRegion(device.type);

    sealed class AutocastRegion : IDisposable
    {
        readonly DeviceType device;

        internal AutocastRegion(DeviceType device)
        {
            this.device = device;
            Native.Check(Native.flow_autocast((sbyte)device, (sbyte)ScalarType.BFloat16));
        }

        public void Dispose() => Native.Check(Native.flow_autocast((sbyte)device, -1));
    }
}
