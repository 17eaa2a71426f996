using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Training.Models;

/// <summary>Between images and tokens: patches are read row by row, and a token's outputs are laid back the same way.</summary>
public static class Patches
{
    /// <summary>[N, C, H, W] -> [N, T, C p p]; T runs row-major over patches, channels are the slowest index within a token.</summary>
    public static Tensor Patchify(Tensor x_NCHW, int patch)
    {
        var (n, c, h, w) = (x_NCHW.shape[0], x_NCHW.shape[1], x_NCHW.shape[2] / patch, x_NCHW.shape[3] / patch);
        return x_NCHW.reshape(n, c, h, patch, w, patch).permute(0, 2, 4, 1, 3, 5).reshape(n, h * w, c * patch * patch);
    }

    /// <summary>[N, T, p p C] -> [N, C, H, W] for a square image; channels are the fastest index within a token ('nhwpqc->nchpwq').</summary>
    public static Tensor Unpatchify(Tensor x_NTP, int patch)
    {
        var (n, side) = (x_NTP.shape[0], (long)Math.Sqrt(x_NTP.shape[1]));
        var channels = x_NTP.shape[2] / (patch * patch);
        return x_NTP.reshape(n, side, side, patch, patch, channels).permute(0, 5, 1, 3, 2, 4)
            .reshape(n, channels, side * patch, side * patch);
    }
}

/// <summary>One learned linear map from a patch of latent pixels to a token.</summary>
public sealed class PatchEmbed : Module<Tensor, Tensor, Tensor>
{
    readonly int patch;
    readonly Conv2d proj;

    public PatchEmbed(int channels, int hidden, int patch) : base(nameof(PatchEmbed))
    {
        this.patch = patch;
        proj = Conv2d(channels, hidden, kernel_size: patch, stride: patch);
        RegisterComponents();
    }

    /// <summary>x_NCHW -> [N, T, D]. The labels are not read. A strided convolution of disjoint patches is one matrix product.</summary>
    public override Tensor forward(Tensor x_NCHW, Tensor y_N) =>
        functional.linear(Patches.Patchify(x_NCHW, patch), proj.weight.flatten(1), proj.bias);
}
