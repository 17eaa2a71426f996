using Flow.Domain.Models;
using Flow.Domain.Runs;
using LanguageExt;
using static TorchSharp.torch;

namespace Flow.Training.Models;

/// <summary>The single cuts that <see cref="Adaptation"/> makes; each gives back its argument when there is nothing to do.</summary>
public static class Surgery
{
    /// <summary>
    /// [D, C, p, p] -> [D, k C, p, p]: k copies along the input channels, each times 1/k, so that equal latents in all k slots give the
    /// pretrained activations (exactly, when 1/k is a power of two).
    /// </summary>
    public static Tensor WidenInput(Tensor weight_DCpp, int channels, Option<double> scale)
    {
        var copies = channels / weight_DCpp.shape[1];
        return copies == 1 ? weight_DCpp : weight_DCpp.repeat(1, copies, 1, 1) * scale.IfNone(1.0 / copies);
    }

    /// <summary>[1, T, D] -> the table of the new grid: computed afresh, or the old one stretched (bicubic, corners not aligned).</summary>
    public static Tensor Positions(Tensor table_1TD, ModelSpec to, bool interpolate)
    {
        if (table_1TD.shape[1] == to.Tokens) return table_1TD;
        var (old, grid) = ((long)Math.Sqrt(table_1TD.shape[1]), to.LatentSize / to.Patch);
        if (!interpolate) return tensor(PositionEmbedding.SinCos(to.Hidden, grid), [1, to.Tokens, to.Hidden]);
        var image = table_1TD.reshape(1, old, old, to.Hidden).permute(0, 3, 1, 2);
        return nn.functional.interpolate(image, size: [grid, grid], mode: InterpolationMode.Bicubic, align_corners: false)
            .permute(0, 2, 3, 1).reshape(1, to.Tokens, to.Hidden);
    }

    /// <summary>
    /// A generalist's table: the classes; for each task the mean of a quarter of the classes (the released code: 0-249, 250-499, ...); the
    /// null row moved to the end.
    /// </summary>
    public static Tensor Labels(Tensor table, ModelSpec from, ModelSpec to)
    {
        if (from.LabelRows == to.LabelRows) return table;
        var classes = table.narrow(0, 0, from.Classes);
        var rows = new List<Tensor> { classes };
        if (to.Classes > from.Classes)
            for (var task = 0; task < StageSpec.FineTune.TaskLabels; task++) rows.Add(Quarter(classes, task).mean([0], keepdim: true));
        if (to.ClassDropout > 0) rows.Add(NullRow(table, classes, from));
        return cat(rows, 0);
    }

    /// <summary>The task-th quarter of the rows, at least one.</summary>
    static Tensor Quarter(Tensor classes, long task)
    {
        var (from, to) = (task * classes.shape[0] / StageSpec.FineTune.TaskLabels, (task + 1) * classes.shape[0] / StageSpec.FineTune.TaskLabels);
        return classes.narrow(0, from, Math.Max(1, to - from));
    }

    /// <summary>A model pretrained without label dropout has no null row; the mean of the classes stands in for it.</summary>
    static Tensor NullRow(Tensor table, Tensor classes, ModelSpec from) =>
        from.ClassDropout > 0 ? table.narrow(0, from.Classes, 1) : classes.mean([0], keepdim: true);

    /// <summary>[p p 2C, ...] -> [p p C, ...]: drops the variance logits; channels are the fastest index of an output row.</summary>
    public static Tensor Outputs(Tensor rows, ModelSpec from, ModelSpec to)
    {
        if (from.OutputChannels == to.OutputChannels) return rows;
        var perPixel = rows.reshape([from.Patch * from.Patch, from.OutputChannels, .. rows.shape[1..]]);
        return perPixel.narrow(1, 0, to.OutputChannels).flatten(0, 1);
    }
}
