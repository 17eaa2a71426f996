using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Torch;

/// <summary>The functions of <see cref="ITensorEngine"/> in plain TorchSharp operations: what the fused ones are checked against.</summary>
public static class PlainOperations
{
    // sqrt(2 / pi) and the cubic coefficient of the tanh form of GELU (Hendrycks and Gimpel 2016, section 2).
    const double TanhScale = 0.7978845608028654, Cubic = 0.044715;

    public static Tensor Attention(Tensor qkv_NT3D, long heads)
    {
        using var scope = NewDisposeScope();
        var shape = qkv_NT3D.shape;
        var (n, tokens, width) = (shape[0], shape[1], shape[2] / 3);
        var qkv = qkv_NT3D.reshape(n, tokens, 3, heads, width / heads).permute(2, 0, 3, 1, 4).unbind(0);
        var weights = (qkv[0] * Math.Pow(width / heads, -0.5)).matmul(qkv[1].transpose(-2, -1)).softmax(-1);
        return weights.matmul(qkv[2]).transpose(1, 2).reshape(n, tokens, width).MoveToOuterDisposeScope();
    }

    public static Tensor LayerNormModulate(Tensor x_NTD, Tensor shift_ND, Tensor scale_ND, double eps)
    {
        using var scope = NewDisposeScope();
        var normal = functional.layer_norm(x_NTD, [x_NTD.shape[^1]], eps: eps);
        return (normal * (1 + scale_ND.unsqueeze(1)) + shift_ND.unsqueeze(1)).MoveToOuterDisposeScope();
    }

    public static Tensor GatedResidual(Tensor x_NTD, Tensor gate_ND, Tensor y_NTD)
    {
        using var scope = NewDisposeScope();
        return (x_NTD + gate_ND.unsqueeze(1) * y_NTD).MoveToOuterDisposeScope();
    }

    public static Tensor GeluTanh(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (0.5 * x * (1 + (TanhScale * (x + Cubic * x.pow(3))).tanh())).MoveToOuterDisposeScope();
    }

    public static void AdamWStep(IReadOnlyList<Parameter> parameters, IReadOnlyList<AdamWState> state, long step, AdamWOptions options)
    {
        using var quiet = no_grad();
        for (var i = 0; i < parameters.Count; i++)
        {
            using var scope = NewDisposeScope();
            if (parameters[i].grad is { } grad) AdamWStep(parameters[i], grad, state[i], step, options);
        }
    }

    static void AdamWStep(Parameter parameter, Tensor grad, AdamWState state, long step, AdamWOptions o)
    {
        parameter.mul_(1 - o.LearningRate * o.WeightDecay);
        state.ExpAvg.mul_(o.Beta1).add_(grad, 1 - o.Beta1);
        state.ExpAvgSq.mul_(o.Beta2).addcmul_(grad, grad, 1 - o.Beta2);
        var denominator = (state.ExpAvgSq.sqrt() / Math.Sqrt(1 - Math.Pow(o.Beta2, step))).add_(o.Eps);
        parameter.addcdiv_(state.ExpAvg, denominator, -o.LearningRate / (1 - Math.Pow(o.Beta1, step)));
    }

    public static void EmaUpdate(IReadOnlyList<Tensor> averages, IReadOnlyList<Tensor> values, double decay)
    {
        using var quiet = no_grad();
        for (var i = 0; i < averages.Count; i++) averages[i].mul_(decay).add_(values[i], 1 - decay);
    }

    public static double GradientNorm(IReadOnlyList<Parameter> parameters)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        Tensor[] norms = [.. parameters.Select(parameter => parameter.grad).OfType<Tensor>().Select(grad => linalg.vector_norm(grad).to(ScalarType.Float64))];
        return norms.Length == 0 ? 0 : linalg.vector_norm(stack(norms)).item<double>();
    }
}
