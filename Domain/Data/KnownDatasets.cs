using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Data;

/// <summary>
/// The data sets of the papers where FLOW_DATASETS holds them (docs/datasets.md says what to download), and the scenes that stand for them
/// on a laptop.
/// </summary>
public static class KnownDatasets
{
    /// <summary>Where held-out scenes begin in a seed's endless sequence: beyond every training set.</summary>
    const int HeldOut = 1_000_000;

    public static readonly Seq<(string Name, DatasetSpec Spec)> All = Seq<(string, DatasetSpec)>(
        ("imagenet-256", OnDisk(DatasetLayout.Imagenet, "imagenet/train", "imagenet-1k", DatasetSplit.Train, 256, 1_281_167)),
        ("hypersim-256", OnDisk(DatasetLayout.HypersimMarigold, "hypersim", "hypersim-marigold", DatasetSplit.Train, 256, 53_885)),
        ("hypersim-512", OnDisk(DatasetLayout.HypersimMarigold, "hypersim", "hypersim-marigold", DatasetSplit.Train, 512, 53_885)),
        ("hypersim-256-val", OnDisk(DatasetLayout.HypersimMarigold, "hypersim", "hypersim-marigold", DatasetSplit.Validation, 256, 7_370)),
        ("hypersim-512-val", OnDisk(DatasetLayout.HypersimMarigold, "hypersim", "hypersim-marigold", DatasetSplit.Validation, 512, 7_370)),
        ("chairs-512", OnDisk(DatasetLayout.FlyingChairs, "flyingchairs", "flyingchairs", DatasetSplit.Train, 512, 22_232)),
        ("chairs-512-val", OnDisk(DatasetLayout.FlyingChairs, "flyingchairs", "flyingchairs", DatasetSplit.Validation, 512, 640)),
        ("pix2gestalt-256", OnDisk(DatasetLayout.Pix2gestalt, "pix2gestalt", "pix2gestalt-occlusions", DatasetSplit.Train, 256, 828_630)),
        ("pix2gestalt-256-val", OnDisk(DatasetLayout.Pix2gestalt, "pix2gestalt", "pix2gestalt-occlusions", DatasetSplit.Validation, 256, 8_370)),
        ("pix2gestalt-512", OnDisk(DatasetLayout.Pix2gestalt, "pix2gestalt", "pix2gestalt-occlusions", DatasetSplit.Train, 512, 828_630)),
        ("pix2gestalt-512-val", OnDisk(DatasetLayout.Pix2gestalt, "pix2gestalt", "pix2gestalt-occlusions", DatasetSplit.Validation, 512, 8_370)),
        ("scene-photos", new DatasetSpec.Synthetic(DatasetLayout.Imagenet, 4000)),
        ("scene-photos-val", new DatasetSpec.Synthetic(DatasetLayout.Imagenet, 500, Offset: HeldOut)),
        ("scene-depth", new DatasetSpec.Synthetic(DatasetLayout.Hypersim, 4000)),
        ("scene-depth-val", new DatasetSpec.Synthetic(DatasetLayout.Hypersim, 256, Offset: HeldOut)),
        ("scene-flow", new DatasetSpec.Synthetic(DatasetLayout.FlyingChairs, 4000)),
        ("scene-flow-val", new DatasetSpec.Synthetic(DatasetLayout.FlyingChairs, 256, Offset: HeldOut)),
        ("scene-amodal", new DatasetSpec.Synthetic(DatasetLayout.Pix2gestalt, 4000)),
        ("scene-amodal-val", new DatasetSpec.Synthetic(DatasetLayout.Pix2gestalt, 256, Offset: HeldOut)));

    static DatasetSpec OnDisk(DatasetLayout layout, string folder, string content, DatasetSplit split, int size, int samples) =>
        new DatasetSpec.Folder(layout, $"${{FLOW_DATASETS}}/{folder}", content, split, size, Samples: samples);
}
