using System.Text;
using Flow.Domain.Random;
using static TorchSharp.torch;

namespace Flow.Training.Models;

/// <summary>
/// Fresh weights as the reference draws them (DiT and DiT-MoE models.py), by our own counter-based generator: each parameter's numbers
/// depend on the seed and the parameter's name alone, so the same seed gives the same weights on every engine, device and thread count.
/// </summary>
public static class Initialisation
{
    const int Chunk = 1 << 16;

    public static void Apply(nn.Module model, int seed)
    {
        using var noGrad = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
            if (parameter.requires_grad)
            {
                using var values = Fresh(name, parameter.shape, seed);
                parameter.copy_(values);
            }
    }

    /// <summary>One parameter's fresh values, for a model that is put together from others' weights.</summary>
    public static Tensor Fresh(string name, long[] shape, int seed) => tensor(Draw(name, shape, seed), shape);

    static float[] Draw(string name, long[] shape, int seed)
    {
        var into = new float[shape.Aggregate(1L, (product, size) => product * size)];
        var random = new CounterRandom(seed, Purpose.Initialisation, 0, KeyOf(name));
        if (IsZero(name)) return into;
        if (IsNorm(name)) return Ones(into);
        if (name.StartsWith("t_embedder.", StringComparison.Ordinal) || name.StartsWith("y_embedder.", StringComparison.Ordinal))
            return Normal(random, 0.02f, into);
        return Uniform(random, Bound(name, shape), into);
    }

    /// <summary>adaLN-Zero: modulations and the last linear start at zero, so that the network starts by predicting zero; so do biases.</summary>
    static bool IsZero(string name) =>
        name.EndsWith("bias", StringComparison.Ordinal)
        || name.Contains("adaLN_modulation.", StringComparison.Ordinal)
        || name.StartsWith("final_layer.linear.", StringComparison.Ordinal);

    /// <summary>Gains of affine norms, which only models with captions have.</summary>
    static bool IsNorm(string name) => name.Contains("norm", StringComparison.Ordinal);

    static float[] Ones(float[] into)
    {
        Array.Fill(into, 1);
        return into;
    }

    /// <summary>
    /// Xavier's sqrt(6 / (fan in + fan out)) on the matrix [first axis, all others]; a router keeps its Kaiming bound 1/sqrt(fan in).
    /// </summary>
    static float Bound(string name, long[] shape)
    {
        var fanIn = shape.Skip(1).Aggregate(1L, (product, size) => product * size);
        return name.EndsWith("gate.weight", StringComparison.Ordinal) ? 1 / MathF.Sqrt(fanIn) : MathF.Sqrt(6f / (fanIn + shape[0]));
    }

    static float[] Normal(CounterRandom random, float deviation, float[] into)
    {
        random.Normal(into);
        for (var i = 0; i < into.Length; i++) into[i] *= deviation;
        return into;
    }

    static float[] Uniform(CounterRandom random, float bound, float[] into)
    {
        Parallel.For(0, (into.Length + Chunk - 1) / Chunk, chunk =>
        {
            for (var i = chunk * Chunk; i < Math.Min(into.Length, (chunk + 1) * Chunk); i += 4)
            {
                var (a, b, c, d) = random.Words(i >> 2);
                into[i] = Signed(a) * bound;
                if (i + 1 < into.Length) into[i + 1] = Signed(b) * bound;
                if (i + 2 < into.Length) into[i + 2] = Signed(c) * bound;
                if (i + 3 < into.Length) into[i + 3] = Signed(d) * bound;
            }
        });
        return into;
    }

    /// <summary>Uniform in (-1, 1), symmetric, from the upper 24 bits.</summary>
    static float Signed(uint word) => ((word >> 8) + 0.5f) * (2f / (1 << 24)) - 1;

    /// <summary>FNV-1a over the parameter's name.</summary>
    static long KeyOf(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in Encoding.UTF8.GetBytes(name)) hash = unchecked((hash ^ b) * 1099511628211UL);
        return unchecked((long)hash);
    }
}
