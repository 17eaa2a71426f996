using Flow.Domain.Models;
using Flow.Domain.Runs;
using LanguageExt;
using LanguageExt.Common;
using static LanguageExt.Prelude;
using static TorchSharp.torch;

namespace Flow.Training.Models;

/// <summary>
/// Recognises whose weights a state dict holds: the published size by its width, depth and patch, everything else by the tensors' shapes.
/// What shapes can't tell is taken from the papers: the heads of the size, and two active experts.
/// </summary>
public static class SpecOfWeights
{
    /// <summary>The spec to build for these weights, or a Left when they are no DiT's or of no published size.</summary>
    public static Either<Error, ModelSpec> Recognise(IReadOnlyDictionary<string, Tensor> state)
    {
        if (!state.TryGetValue("pos_embed", out var positions) || positions.Dimensions != 3
            || !state.TryGetValue("final_layer.linear.bias", out var outputs) || InputWeight(state) is not { Dimensions: 4 } input)
            return Error.New("These are not the weights of a DiT: pos_embed, x_embedder.proj or final_layer.linear is missing or of another shape.");
        var (hidden, depth, patch) = (positions.shape[2], Depth(state), input.shape[2]);
        return Sizes.All.Find(size => (size.Hidden, size.Depth, size.Patch) == (hidden, depth, patch) && size.Classes == ImageNetClasses)
            .Map(size => Described(size, state, (int)Math.Sqrt(positions.shape[1]) * size.Patch, input.shape[1], outputs.shape[0]))
            .ToEither(Error.New($"Width {hidden}, depth {depth} and patch {patch} belong to no published model; give the model's spec."));
    }

    const int ImageNetClasses = 1000;

    static ModelSpec Described(ModelSpec size, IReadOnlyDictionary<string, Tensor> state, int latentSize, long inputs, long outputs)
    {
        var rows = state.TryGetValue("y_embedder.embedding_table.weight", out var table) ? (int)table.shape[0] : size.LabelRows;
        var withNull = rows is ImageNetClasses + 1 or ImageNetClasses + StageSpec.FineTune.TaskLabels + 1;
        return size with
        {
            LatentSize = latentSize,
            Conditioning = (inputs / size.LatentChannels) switch
            {
                2 => Conditioning.ImageToImage,
                3 => Conditioning.Generalist,
                _ => Conditioning.Class,
            },
            Classes = withNull ? rows - 1 : rows,
            ClassDropout = withNull ? size.ClassDropout : 0,
            LearnSigma = outputs == 2 * size.LatentChannels * size.Patch * size.Patch,
            Moe = Experts(state, size.Hidden),
        };
    }

    static Option<MoeSpec> Experts(IReadOnlyDictionary<string, Tensor> state, int hidden)
    {
        if (!state.TryGetValue("blocks.0.moe.gate.weight", out var gate)) return None;
        var shared = state.TryGetValue("blocks.0.moe.shared_experts.gate_proj.weight", out var proj) ? (int)(proj.shape[0] / hidden) : 0;
        var kind = state.ContainsKey("blocks.0.moe.experts.0.fc1.weight") ? ExpertKind.UpcycledMlp : ExpertKind.SwiGlu;
        return new MoeSpec((int)gate.shape[0], ActiveExperts: 2, kind, shared);
    }

    static Tensor? InputWeight(IReadOnlyDictionary<string, Tensor> state) =>
        state.TryGetValue("x_embedder.proj.weight", out var one) || state.TryGetValue("x_embedder.proj.conv_in_1.weight", out one) ? one : null;

    static int Depth(IReadOnlyDictionary<string, Tensor> state)
    {
        var depth = 0;
        while (state.ContainsKey($"blocks.{depth}.attn.qkv.weight")) depth++;
        return depth;
    }
}
