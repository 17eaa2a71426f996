using System.Globalization;
using Flow.Domain.Models;
using static TorchSharp.torch;

namespace Flow.Bench;

/// <summary>The models that benchmarks compare, and the same models in our eager PyTorch script.</summary>
public static class PyTorchDiT
{
    public static readonly ModelSpec Tiny = new("tiny", 128, 4, 4, LatentSize: 16, LearnSigma: false);

    public static readonly ModelSpec A1 = new("a1", 256, 12, 16, LearnSigma: false);

    /// <param name="mode">train or sample; of the script for CUDA devices eager or compiled.</param>
    public static PythonPeer Peer(string mode, ModelSpec model, int batch, string script = "pytorch_dit.py", string python = PythonPeer.Debian) => new(
        python, script, get_num_threads(),
        new object[] { mode, model.Hidden, model.Depth, model.Heads, model.LatentSize, batch }.Select(a => Convert.ToString(a, CultureInfo.InvariantCulture)!));
}
