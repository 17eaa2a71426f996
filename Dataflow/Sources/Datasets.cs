using Flow.Domain.Data;

namespace Flow.Dataflow.Sources;

/// <summary>From a data set as a study names it to its samples.</summary>
public static class Datasets
{
    /// <param name="folder">Where this machine keeps a <see cref="DatasetSpec.Folder"/>, environment variables and relative paths resolved.</param>
    public static SampleSource Open(DatasetSpec spec, string folder = "")
    {
        if (spec is DatasetSpec.Synthetic synthetic) return Synthetic.Open(synthetic);
        var (disk, split) = ((DatasetSpec.Folder)spec, SplitName(((DatasetSpec.Folder)spec).Split));
        var source = disk.Layout switch
        {
            DatasetLayout.Imagenet => ImageNet.Open(folder, split),
            DatasetLayout.ImagenetTar => ImageNetTar.Open(folder, split),
            DatasetLayout.Hypersim => Hypersim.Open(folder, split),
            DatasetLayout.HypersimMarigold => HypersimMarigold.Open(folder, split),
            DatasetLayout.FlyingChairs => FlyingChairs.Open(folder, split),
            DatasetLayout.Pix2gestalt => Pix2Gestalt.Open(folder, split),
            _ => throw new NotSupportedException($"{disk.Layout}"),
        };
        return disk.Limit.Match(source.Take, () => source);
    }

    /// <summary>The name that the layouts give to a part.</summary>
    public static string SplitName(DatasetSplit split) => split switch
    {
        DatasetSplit.Train => "train",
        DatasetSplit.Validation => "val",
        DatasetSplit.Test => "test",
        _ => "all",
    };
}
