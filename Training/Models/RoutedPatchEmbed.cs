// Fields carry the released generalist's key names, because RegisterComponents turns field names into state-dict keys.
using Flow.Domain.Models;
using Flow.Domain.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Training.Models;

/// <summary>
/// The released generalist's patch embedding: one convolution per task (depth, amodal segmentation, horizontal flow, vertical flow),
/// chosen for each sample by its label, so that one batch may mix tasks.
/// </summary>
public sealed class RoutedPatchEmbed : Module<Tensor, Tensor, Tensor>
{
    readonly int patch;
    readonly int firstTask;
    readonly TaskConvolutions proj;

    public RoutedPatchEmbed(ModelSpec spec) : base(nameof(RoutedPatchEmbed))
    {
        patch = spec.Patch;
        firstTask = spec.Classes - StageSpec.FineTune.TaskLabels;
        proj = new TaskConvolutions(spec.InputChannels, spec.Hidden, spec.Patch);
        RegisterComponents();
    }

    /// <summary>x_NCHW and task labels y_N, the last four classes -> [N, T, D]. Any other label has no convolution and is an error.</summary>
    public override Tensor forward(Tensor x_NCHW, Tensor y_N)
    {
        var task_N = y_N - firstTask;
        var weight_NDP = proj.Weights().index_select(0, task_N);
        var bias_ND = proj.Biases().index_select(0, task_N);
        return matmul(Patches.Patchify(x_NCHW, patch), weight_NDP.transpose(1, 2)) + bias_ND.unsqueeze(1);
    }
}

/// <summary>The four convolutions under the names of the released checkpoint, conv_in_1 to conv_in_4 in the order of the task labels.</summary>
public sealed class TaskConvolutions : Module<Tensor, Tensor>
{
    readonly Conv2d conv_in_1;
    readonly Conv2d conv_in_2;
    readonly Conv2d conv_in_3;
    readonly Conv2d conv_in_4;

    public TaskConvolutions(int channels, int hidden, int patch) : base(nameof(TaskConvolutions))
    {
        conv_in_1 = Conv2d(channels, hidden, kernel_size: patch, stride: patch);
        conv_in_2 = Conv2d(channels, hidden, kernel_size: patch, stride: patch);
        conv_in_3 = Conv2d(channels, hidden, kernel_size: patch, stride: patch);
        conv_in_4 = Conv2d(channels, hidden, kernel_size: patch, stride: patch);
        RegisterComponents();
    }

    /// <summary>[4, D, C p p].</summary>
    public Tensor Weights() => stack([conv_in_1.weight, conv_in_2.weight, conv_in_3.weight, conv_in_4.weight], 0).flatten(2);

    /// <summary>[4, D].</summary>
    public Tensor Biases() => stack([conv_in_1.bias!, conv_in_2.bias!, conv_in_3.bias!, conv_in_4.bias!], 0);

    /// <summary>The first task's convolution; <see cref="RoutedPatchEmbed"/> chooses among all four.</summary>
    public override Tensor forward(Tensor x_NCHW) => conv_in_1.forward(x_NCHW);
}
