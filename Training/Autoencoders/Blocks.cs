// Shapes: N samples, C channels, H x W pixels. Fields carry the published checkpoints' key names (diffusers), because RegisterComponents
// turns field names into state-dict keys.
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Training.Autoencoders;

/// <summary>Norm, SiLU and a 3x3 convolution, twice, around a skip that is a 1x1 convolution where the channels change.</summary>
internal sealed class ResnetBlock : Module<Tensor, Tensor>
{
    internal const double Epsilon = 1e-6;

    readonly GroupNorm norm1;
    readonly Conv2d conv1;
    readonly GroupNorm norm2;
    readonly Conv2d conv2;
    readonly Conv2d? conv_shortcut;

    public ResnetBlock(int channelsIn, int channelsOut, int groups) : base(nameof(ResnetBlock))
    {
        norm1 = GroupNorm(groups, channelsIn, Epsilon);
        conv1 = Conv2d(channelsIn, channelsOut, kernel_size: 3, padding: 1);
        norm2 = GroupNorm(groups, channelsOut, Epsilon);
        conv2 = Conv2d(channelsOut, channelsOut, kernel_size: 3, padding: 1);
        conv_shortcut = channelsIn == channelsOut ? null : Conv2d(channelsIn, channelsOut, kernel_size: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x_NCHW)
    {
        using var scope = NewDisposeScope();
        var h = conv1.forward(functional.silu(norm1.forward(x_NCHW)));
        h = conv2.forward(functional.silu(norm2.forward(h)));
        var skip = conv_shortcut is null ? x_NCHW : conv_shortcut.forward(x_NCHW);
        return (skip + h).MoveToOuterDisposeScope();
    }
}

/// <summary>Self-attention over all pixels with one head as wide as the channels.</summary>
internal sealed class AttentionBlock : Module<Tensor, Tensor>
{
    readonly GroupNorm group_norm;
    readonly Linear to_q;
    readonly Linear to_k;
    readonly Linear to_v;
    readonly Sequential to_out;

    public AttentionBlock(int channels, int groups) : base(nameof(AttentionBlock))
    {
        group_norm = GroupNorm(groups, channels, ResnetBlock.Epsilon);
        to_q = Linear(channels, channels);
        to_k = Linear(channels, channels);
        to_v = Linear(channels, channels);
        to_out = Sequential(Linear(channels, channels));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x_NCHW)
    {
        using var scope = NewDisposeScope();
        var pixels_NTC = group_norm.forward(x_NCHW).flatten(2).transpose(1, 2);
        var (q, k, v) = (to_q.forward(pixels_NTC), to_k.forward(pixels_NTC), to_v.forward(pixels_NTC));
        var weights_NTT = (matmul(q, k.transpose(1, 2)) / Math.Sqrt(q.shape[2])).softmax(-1);
        var mixed_NTC = to_out.forward(matmul(weights_NTT, v));
        return (x_NCHW + mixed_NTC.transpose(1, 2).reshape(x_NCHW.shape)).MoveToOuterDisposeScope();
    }
}

/// <summary>The innermost resolution: residual block, attention, residual block.</summary>
internal sealed class MidBlock : Module<Tensor, Tensor>
{
    readonly ModuleList<ResnetBlock> resnets;
    readonly ModuleList<AttentionBlock> attentions;

    public MidBlock(int channels, int groups) : base(nameof(MidBlock))
    {
        resnets = ModuleList(new ResnetBlock(channels, channels, groups), new ResnetBlock(channels, channels, groups));
        attentions = ModuleList(new AttentionBlock(channels, groups));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x_NCHW) => resnets[1].forward(attentions[0].forward(resnets[0].forward(x_NCHW)));
}

/// <summary>Halves the side: one row of zeros below and one column at the right, then a strided convolution; odd sides floor.</summary>
internal sealed class Downsample : Module<Tensor, Tensor>
{
    readonly Conv2d conv;

    public Downsample(int channels) : base(nameof(Downsample))
    {
        conv = Conv2d(channels, channels, kernel_size: 3, stride: 2);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x_NCHW) => conv.forward(functional.pad(x_NCHW, [0, 1, 0, 1]));
}

/// <summary>Doubles the side: nearest neighbour, then a convolution.</summary>
internal sealed class Upsample : Module<Tensor, Tensor>
{
    readonly Conv2d conv;

    public Upsample(int channels) : base(nameof(Upsample))
    {
        conv = Conv2d(channels, channels, kernel_size: 3, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x_NCHW) => conv.forward(functional.interpolate(
        x_NCHW, size: [2 * x_NCHW.shape[2], 2 * x_NCHW.shape[3]], mode: InterpolationMode.Nearest));
}
