using System.Globalization;
using Flow.Domain.Models;
using static TorchSharp.torch;

namespace Flow.Bench;

/// <summary>The models that benchmarks compare, and the same models in our eager PyTorch script.</summary>
public static class PyTorchDiT
{
    public static readonly ModelSpec Tiny = new("tiny", 128, 4, 4, LatentSize: 16, LearnSigma: false);

    public static readonly ModelSpec A1 = new("a1", 256, 12, 16, LearnSigma: false);

    /// <param name="mode">train or sample.</param>
    public static PythonPeer Peer(string mode, ModelSpec model, int batch) => new(
        "pytorch_dit.py", get_num_threads(),
        new object[] { mode, model.Hidden, model.Depth, model.Heads, model.LatentSize, batch }.Select(a => Convert.ToString(a, CultureInfo.InvariantCulture)!));
}
