using Flow.Domain.Text;
using LanguageExt;

namespace Flow.Domain.Models;

/// <summary>What the network is told beside the noisy latents and the timestep.</summary>
public enum Conditioning
{
    /// <summary>A class label through an embedding table with one extra null row when labels are dropped (DiT models.py).</summary>
    Class,

    /// <summary>Doubled input channels [condition, noisy target], pretrained input weights halved (the perception paper, section 4.2).</summary>
    ImageToImage,

    /// <summary>The released generalist: tripled input channels [rgb, prompt, noisy target] and one patch convolution per task label.</summary>
    Generalist,

    /// <summary>Caption tokens joined to the image tokens (Scaling Laws for Diffusion Transformers, in-context).</summary>
    CaptionInContext,

    /// <summary>Caption tokens read by cross-attention (Scaling Laws for Diffusion Transformers, cross-attention).</summary>
    CaptionCrossAttention,
}

/// <summary>How the experts of a mixture are built.</summary>
public enum ExpertKind
{
    /// <summary>SwiGLU experts of hidden 4D without biases and one shared SwiGLU of hidden SharedExperts x D (DiT-MoE, from scratch).</summary>
    SwiGlu,

    /// <summary>Copies of a dense GELU MLP with biases, no shared expert (upcycling, facts/models.md section 3).</summary>
    UpcycledMlp,
}

/// <summary>A mixture of experts in place of every block's MLP: softmax over all experts, then top-k (DiT-MoE models.py).</summary>
/// <param name="Experts">E, the number of routed experts.</param>
/// <param name="ActiveExperts">k, how many of them each token visits.</param>
/// <param name="SharedExperts">Hidden size of the always-active expert in units of D; 2 in the reference, 0 when upcycled.</param>
/// <param name="Renormalise">Whether the top-k weights are divided by their sum; the reference does not.</param>
/// <param name="BalanceWeight">alpha of the expert-balance loss, 0.01 in the reference.</param>
public sealed record MoeSpec(
    int Experts,
    int ActiveExperts,
    ExpertKind Kind = ExpertKind.SwiGlu,
    int SharedExperts = 2,
    bool Renormalise = false,
    double BalanceWeight = 0.01);

/// <summary>
/// A caption as the network meets it: tokens of a frozen text encoder. Models with captions are vanilla transformers without adaLN; the
/// timestep is one more token of the sequence (in-context) or of the context (cross-attention), as in DiT's own comparison of blocks.
/// </summary>
/// <param name="Tokens">Text tokens, padding included.</param>
/// <param name="Width">Width of the text encoder's tokens, projected to D.</param>
public sealed record CaptionSpec(int Tokens = 77, int Width = 768);

/// <summary>A diffusion transformer as a person writes it down; a Model is what survived validation.</summary>
/// <param name="Name">The published name ("a4", "DiT-XL/2") or the user's own; carries no meaning and is not hashed.</param>
/// <param name="Hidden">D, the width of a token.</param>
/// <param name="Depth">L, the number of blocks.</param>
/// <param name="Heads">Attention heads; must divide <paramref name="Hidden"/>.</param>
/// <param name="Patch">p, the side of a patch in latent pixels.</param>
/// <param name="LatentSize">Side of the square latents in latent pixels: 32 for 256-pixel images and the SD autoencoder.</param>
/// <param name="LatentChannels">C, channels of one latent image: 4 for the SD autoencoder.</param>
/// <param name="Classes">Rows of the label table without the null row; 1000 for ImageNet.</param>
/// <param name="ClassDropout">Probability of replacing a label by the null row in training; above 0 the table has one extra row.</param>
/// <param name="LearnSigma">Whether the network also predicts the variance (doubled output channels).</param>
/// <param name="MlpRatio">Hidden size of the MLP in units of D.</param>
/// <param name="Moe">A mixture of experts in place of each MLP.</param>
/// <param name="Caption">Text tokens; with the caption conditionings only.</param>
public sealed record ModelSpec(
    [Unhashed] string Name,
    int Hidden,
    int Depth,
    int Heads,
    int Patch = 2,
    int LatentSize = 32,
    int LatentChannels = 4,
    Conditioning Conditioning = Conditioning.Class,
    int Classes = 1000,
    double ClassDropout = 0.1,
    bool LearnSigma = true,
    double MlpRatio = 4,
    Option<MoeSpec> Moe = default,
    Option<CaptionSpec> Caption = default)
{
    /// <summary>Channels of the tensor that the patch embedding reads.</summary>
    public int InputChannels => LatentChannels * (1 + ConditionImages);

    /// <summary>Images beside the noisy one: none, the photograph, or the photograph and its task's prompt.</summary>
    public int ConditionImages => Conditioning switch
    {
        Conditioning.ImageToImage => 1,
        Conditioning.Generalist => 2,
        _ => 0,
    };

    /// <summary>Channels of the network's output: the prediction, and as many variance logits when sigma is learned.</summary>
    public int OutputChannels => LearnSigma ? 2 * LatentChannels : LatentChannels;

    /// <summary>T, the number of image tokens.</summary>
    public int Tokens => LatentSize / Patch * (LatentSize / Patch);

    /// <summary>Whether the condition comes as text tokens to blocks without adaLN.</summary>
    public bool IsCaptioned => Conditioning is Conditioning.CaptionInContext or Conditioning.CaptionCrossAttention;

    /// <summary>Rows of the label table, the null row included.</summary>
    public int LabelRows => Classes + (ClassDropout > 0 ? 1 : 0);
}
