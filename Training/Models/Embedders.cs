// Fields carry the reference checkpoint's key names, because RegisterComponents turns field names into state-dict keys.
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Training.Models;

/// <summary>Turns a timestep into a vector: 256 sines and cosines, then a two-layer MLP (DiT models.py).</summary>
public sealed class TimestepEmbedder : Module<Tensor, Tensor>
{
    const int Frequencies = 256;

    readonly Sequential mlp;

    public TimestepEmbedder(int hidden) : base(nameof(TimestepEmbedder))
    {
        mlp = Sequential(Linear(Frequencies, hidden), SiLU(), Linear(hidden, hidden));
        RegisterComponents();
    }

    /// <summary>t_N, integer or fractional, on the training process's own scale (0..999, or 0..1 for rectified flow) -> [N, D].</summary>
    public override Tensor forward(Tensor t_N) => mlp.forward(Sinusoids(t_N, Frequencies).to(mlp.parameters().First().dtype));

    /// <summary>
    /// [cos | sin] of t x maxPeriod^(-i/half), i = 0..half-1 with half = dim/2, in fp32; one zero column is added when dim is odd.
    /// </summary>
    public static Tensor Sinusoids(Tensor t_N, int dim, double maxPeriod = 10000)
    {
        var half = dim / 2;
        using var exponents = arange(half, dtype: ScalarType.Float32, device: t_N.device) * (-Math.Log(maxPeriod) / half);
        var angles = t_N.to(ScalarType.Float32).unsqueeze(1) * exponents.exp().unsqueeze(0);
        var waves = cat([angles.cos(), angles.sin()], 1);
        return dim % 2 == 0 ? waves : cat([waves, zeros_like(waves.narrow(1, 0, 1))], 1);
    }
}

/// <summary>A table of class vectors; the row after the last class, if there is one, stands for "no label".</summary>
public sealed class LabelEmbedder : Module<Tensor, Tensor>
{
    readonly Embedding embedding_table;

    public LabelEmbedder(int rows, int hidden) : base(nameof(LabelEmbedder))
    {
        embedding_table = Embedding(rows, hidden);
        RegisterComponents();
    }

    /// <summary>y_N, I64 -> [N, D].</summary>
    public override Tensor forward(Tensor y_N) => embedding_table.forward(y_N);
}
