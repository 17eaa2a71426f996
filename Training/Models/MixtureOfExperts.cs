// Shapes: S = N x T tokens, D width, E experts, k active experts. Fields carry the reference checkpoint's key names, because
// RegisterComponents turns field names into state-dict keys.
using Flow.Domain.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Training.Models;

/// <summary>How one mixture routed the tokens of one forward pass.</summary>
/// <param name="Balance">The balance loss, a scalar to be added to the training loss; alpha when experts are used evenly.</param>
/// <param name="Load">[E], the share of the S x k assignments that went to each expert; carries no gradient.</param>
public sealed record Routing(Tensor Balance, Tensor Load)
{
    /// <summary>Hands both tensors from the current dispose scope to the one around it.</summary>
    internal Routing MoveToOuterDisposeScope()
    {
        Balance.MoveToOuterDisposeScope();
        Load.MoveToOuterDisposeScope();
        return this;
    }
}

/// <summary>
/// Sparse experts in place of an MLP (DiT-MoE models.py): softmax over all experts, the k largest, each token's output the weighted sum of
/// its experts' outputs, plus the shared expert. No capacity limit: no token is dropped.
/// </summary>
public sealed class MixtureOfExperts : Module<Tensor, Tensor>
{
    readonly MoeSpec spec;
    readonly Router gate;
    readonly ModuleList<Module<Tensor, Tensor>> experts;
    readonly SwiGlu? shared_experts;

    /// <param name="inner">Hidden size of one routed expert.</param>
    public MixtureOfExperts(int hidden, int inner, MoeSpec spec) : base(nameof(MixtureOfExperts))
    {
        this.spec = spec;
        gate = new Router(hidden, spec.Experts);
        experts = ModuleList(Enumerable.Range(0, spec.Experts).Select(_ => Expert(hidden, inner, spec.Kind)).ToArray());
        shared_experts = spec.SharedExperts > 0 ? new SwiGlu(hidden, spec.SharedExperts * hidden) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x_NTD) => forward(x_NTD, null);

    /// <summary>[N, T, D] -> [N, T, D]; the routing is added to <paramref name="routings"/> and belongs to the caller's dispose scope.</summary>
    public Tensor forward(Tensor x_NTD, List<Routing>? routings)
    {
        using var scope = NewDisposeScope();
        var x_SD = x_NTD.reshape(-1, x_NTD.shape[^1]);
        var scores_SE = gate.forward(x_SD);
        var (weights_Sk, chosen_Sk) = scores_SE.topk(spec.ActiveExperts, dim: -1, sorted: false);
        if (spec.Renormalise) weights_Sk = weights_Sk / weights_Sk.sum(-1, keepdim: true);
        var output_SD = Routed(x_SD, weights_Sk, chosen_Sk);
        if (shared_experts is not null) output_SD = output_SD + shared_experts.forward(x_SD);
        routings?.Add(Balance(scores_SE, chosen_Sk));
        return output_SD.reshape(x_NTD.shape).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Each expert computes its own tokens in one batch. Tokens are moved by permutations of their k copies, never added by index, so that
    /// value and gradient are the same in every run on a GPU too.
    /// </summary>
    Tensor Routed(Tensor x_SD, Tensor weights_Sk, Tensor chosen_Sk)
    {
        var (tokens, width, k) = (x_SD.shape[0], x_SD.shape[1], (long)spec.ActiveExperts);
        var (order, counts) = ByExpert(chosen_Sk);
        var rows = x_SD.unsqueeze(1).expand(tokens, k, width).reshape(tokens * k, width).index_select(0, order).split(counts, 0);
        var outputs = new List<Tensor>();
        for (var e = 0; e < counts.Length; e++)
            if (counts[e] > 0) outputs.Add(experts[e].forward(rows[e]));
        var byToken_SkD = cat(outputs, 0).index_select(0, order.argsort(0)).reshape(tokens, k, width);
        return (byToken_SkD * weights_Sk.unsqueeze(2)).sum([1]);
    }

    /// <summary>The S x k assignments sorted by expert (positions in the flattened choice), and how many each expert got.</summary>
    (Tensor Order, long[] Counts) ByExpert(Tensor chosen_Sk)
    {
        var flat = chosen_Sk.flatten();
        return (flat.argsort(0), flat.bincount(null, spec.Experts).to(CPU).data<long>().ToArray());
    }

    /// <summary>alpha x sum_e f_e P_e: P_e the mean score of expert e, f_e = E x its share of the assignments (no gradient).</summary>
    Routing Balance(Tensor scores_SE, Tensor chosen_Sk)
    {
        var load_E = chosen_Sk.flatten().bincount(null, spec.Experts).to(scores_SE.dtype) / chosen_Sk.numel();
        var balance = (scores_SE.mean([0]) * load_E).sum() * (spec.BalanceWeight * spec.Experts);
        return new Routing(balance, load_E).MoveToOuterDisposeScope();
    }

    static Module<Tensor, Tensor> Expert(int hidden, int inner, ExpertKind kind) => kind switch
    {
        ExpertKind.SwiGlu => new SwiGlu(hidden, inner),
        ExpertKind.UpcycledMlp => new Mlp(hidden, inner),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown kind of expert."),
    };
}

/// <summary>Scores every expert for every token: softmax over all experts of a bias-free linear map.</summary>
public sealed class Router : Module<Tensor, Tensor>
{
    readonly Parameter weight;

    public Router(int hidden, int experts) : base(nameof(Router))
    {
        weight = new Parameter(zeros(experts, hidden));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x_SD) => functional.linear(x_SD, weight).softmax(-1);
}

/// <summary>down(SiLU(gate(x)) * up(x)) without biases (Shazeer, "GLU Variants Improve Transformer", 2020).</summary>
public sealed class SwiGlu : Module<Tensor, Tensor>
{
    readonly Linear gate_proj;
    readonly Linear up_proj;
    readonly Linear down_proj;

    public SwiGlu(int hidden, int inner) : base(nameof(SwiGlu))
    {
        gate_proj = Linear(hidden, inner, hasBias: false);
        up_proj = Linear(hidden, inner, hasBias: false);
        down_proj = Linear(inner, hidden, hasBias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => down_proj.forward(functional.silu(gate_proj.forward(x)) * up_proj.forward(x));
}
