using Flow.Domain;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using LanguageExt;
using static LanguageExt.Prelude;
using static TorchSharp.torch;

namespace Flow.Training.Models;

/// <summary>Choices of a move from one model to another that the specs leave open.</summary>
/// <param name="InputScale">
/// What copies of the pretrained input weights are multiplied by; none for the exact 1/k of k copies (0.5 in the paper). The released
/// generalist used 0.33 instead of 1/3.
/// </param>
/// <param name="InterpolatePositions">
/// Stretch the pretrained position table to another grid (bicubic) instead of computing the sine-cosine table of that grid, as DiT does.
/// </param>
/// <param name="Seed">For what a pretrained model has no weights for: the routers of an upcycled mixture.</param>
public sealed record AdaptOptions(Option<double> InputScale = default, bool InterpolatePositions = false, int Seed = 0);

/// <summary>
/// Turns the weights of a pretrained model into the start of another: image-to-image or generalist input, experts in place of MLPs,
/// another resolution, no learned variance. Widths, depth, heads, patch and latent channels stay.
/// </summary>
public static class Adaptation
{
    /// <summary>
    /// A state dict for <paramref name="to"/> from one of <paramref name="from"/>, or every reason why there is none. Tensors that need no
    /// change are shared with <paramref name="pretrained"/>.
    /// </summary>
    public static Validation<SpecError, Dictionary<string, Tensor>> Adapt(
        IReadOnlyDictionary<string, Tensor> pretrained, ModelSpec from, ModelSpec to, AdaptOptions options)
    {
        var mistakes = Mistakes(pretrained, from, to).ToSeq();
        if (!mistakes.IsEmpty) return Validation<SpecError, Dictionary<string, Tensor>>.Fail(mistakes);
        using var noGrad = no_grad();
        var adapted = new Dictionary<string, Tensor>();
        foreach (var (name, value) in pretrained)
            foreach (var (newName, newValue) in Moved(name, value, from, to, options)) adapted[newName] = newValue;
        if (IsUpcycling(from, to)) AddRouters(adapted, to, options.Seed);
        return Success<SpecError, Dictionary<string, Tensor>>(adapted);
    }

    static IEnumerable<(string, Tensor)> Moved(string name, Tensor value, ModelSpec from, ModelSpec to, AdaptOptions options) => name switch
    {
        "pos_embed" => [(name, Surgery.Positions(value, to, options.InterpolatePositions))],
        "x_embedder.proj.weight" => Inputs("weight", Surgery.WidenInput(value, to.InputChannels, options.InputScale), to),
        "x_embedder.proj.bias" => Inputs("bias", value, to),
        "y_embedder.embedding_table.weight" => [(name, Surgery.Labels(value, from, to))],
        "final_layer.linear.weight" or "final_layer.linear.bias" => [(name, Surgery.Outputs(value, from, to))],
        _ when IsUpcycling(from, to) && IsBlocksMlp(name) => Experts(name, value, to),
        _ => [(name, value)],
    };

    static bool IsBlocksMlp(string name) =>
        name.StartsWith("blocks.", StringComparison.Ordinal) && name.Contains(".mlp.", StringComparison.Ordinal);

    /// <summary>A generalist has one copy of the input convolution per task.</summary>
    static IEnumerable<(string, Tensor)> Inputs(string kind, Tensor value, ModelSpec to) => to.Conditioning == Conditioning.Generalist
        ? Enumerable.Range(1, StageSpec.FineTune.TaskLabels).Select(task => ($"x_embedder.proj.conv_in_{task}.{kind}", value.clone()))
        : [($"x_embedder.proj.{kind}", value)];

    /// <summary>Every expert starts as a copy of the dense MLP ("Sparse Upcycling", Komatsuzaki et al. 2023).</summary>
    static IEnumerable<(string, Tensor)> Experts(string name, Tensor value, ModelSpec to) =>
        Enumerable.Range(0, to.Moe.Map(moe => moe.Experts).IfNone(0))
            .Select(expert => (name.Replace(".mlp.", $".moe.experts.{expert}.", StringComparison.Ordinal), value.clone()));

    static void AddRouters(Dictionary<string, Tensor> adapted, ModelSpec to, int seed)
    {
        for (var block = 0; block < to.Depth; block++)
        {
            var name = $"blocks.{block}.moe.gate.weight";
            adapted[name] = Initialisation.Fresh(name, [to.Moe.Map(moe => moe.Experts).IfNone(0), to.Hidden], seed);
        }
    }

    static bool IsUpcycling(ModelSpec from, ModelSpec to) => from.Moe.IsNone && to.Moe.IsSome;

    static IEnumerable<SpecError> Mistakes(IReadOnlyDictionary<string, Tensor> pretrained, ModelSpec from, ModelSpec to)
    {
        foreach (var (field, had, has) in Kept(from, to))
            if (had != has) yield return new SpecError($"model.{field}", $"{has}", $"not the pretrained model's {had}");
        if (IsUpcycling(from, to) && to.Moe.Exists(moe => moe.Kind != ExpertKind.UpcycledMlp))
            yield return new SpecError("model.moe.kind", nameof(ExpertKind.SwiGlu), "not UpcycledMlp: only those can be copies of a dense MLP");
        if (from.Moe.IsSome && to.Moe.Map(Shape) != from.Moe.Map(Shape))
            yield return new SpecError("model.moe", $"{to.Moe}", $"not the pretrained mixture {from.Moe}");
        if (!from.LearnSigma && to.LearnSigma)
            yield return new SpecError("model.learnSigma", "true", "not what the pretrained model has: its output holds no variance");
        if (from.Conditioning != Conditioning.Class && from.Conditioning != to.Conditioning)
            yield return new SpecError("model.conditioning", $"{to.Conditioning}", $"not reachable from a pretrained {from.Conditioning} model");
        if (!pretrained.ContainsKey("pos_embed"))
            yield return new SpecError("init", "a state dict without pos_embed", "not a DiT's");
    }

    static IEnumerable<(string Field, double Had, double Has)> Kept(ModelSpec from, ModelSpec to) =>
    [
        ("hidden", from.Hidden, to.Hidden),
        ("depth", from.Depth, to.Depth),
        ("heads", from.Heads, to.Heads),
        ("patch", from.Patch, to.Patch),
        ("latentChannels", from.LatentChannels, to.LatentChannels),
        ("classes", from.Classes + AddedLabels(from, to), to.Classes),
        ("mlpRatio", from.MlpRatio, to.MlpRatio),
    ];

    static int AddedLabels(ModelSpec from, ModelSpec to) =>
        to.Conditioning == Conditioning.Generalist && from.Conditioning != Conditioning.Generalist ? StageSpec.FineTune.TaskLabels : 0;

    static (int, ExpertKind, int) Shape(MoeSpec moe) => (moe.Experts, moe.Kind, moe.SharedExperts);
}
