// Fields carry the reference checkpoint's key names, because RegisterComponents turns field names into state-dict keys.
using System.Collections.Concurrent;
using Flow.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Training.Models;

/// <summary>Turns a timestep into a vector: 256 sines and cosines, then a two-layer MLP (DiT models.py).</summary>
public sealed class TimestepEmbedder : Module<Tensor, Tensor>
{
    const int Frequencies = 256;

    static readonly ConcurrentDictionary<(int Half, double MaxPeriod), float[]> frequencies = new();

    readonly Sequential mlp;

    // The layers of mlp once more, in a tuple so that they get no second key.
    readonly (Linear First, Linear Second) layers;

    public TimestepEmbedder(int hidden) : base(nameof(TimestepEmbedder))
    {
        layers = (Linear(Frequencies, hidden), Linear(hidden, hidden));
        mlp = Sequential(layers.First, SiLU(), layers.Second);
        RegisterComponents();
    }

    /// <summary>t_N, integer or fractional, on the training process's own scale (0..999, or 0..1 for rectified flow) -> [N, D].</summary>
    public override Tensor forward(Tensor t_N)
    {
        var waves = Sinusoids(t_N, Frequencies).to(layers.First.weight.dtype);
        return TensorEngine.Current.SiluMlp(waves, layers.First, layers.Second) ?? mlp.forward(waves);
    }

    /// <summary>
    /// [cos | sin] of t x maxPeriod^(-i/half), i = 0..half-1 with half = dim/2, in fp32; one zero column is added when dim is odd.
    /// </summary>
    public static Tensor Sinusoids(Tensor t_N, int dim, double maxPeriod = 10000)
    {
        using var row = tensor(frequencies.GetOrAdd((dim / 2, maxPeriod), Computed)).to(t_N.device);
        var angles = t_N.to(ScalarType.Float32).unsqueeze(1) * row;
        var waves = cat([angles.cos(), angles.sin()], 1);
        return dim % 2 == 0 ? waves : cat([waves, zeros_like(waves.narrow(1, 0, 1))], 1);
    }

    // By the operations of the reference: in fp32 the last digit of a frequency is 0.003 degrees at t = 999.
    static float[] Computed((int Half, double MaxPeriod) of)
    {
        using var scope = NewDisposeScope();
        return (arange(of.Half, dtype: ScalarType.Float32) * (-Math.Log(of.MaxPeriod) / of.Half)).exp().data<float>().ToArray();
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
