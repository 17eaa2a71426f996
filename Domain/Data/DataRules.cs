namespace Flow.Domain.Data;

/// <summary>What holds for every codec and data set.</summary>
static class DataRules
{
    public static IEnumerable<SpecError> Mistakes(CodecSpec codec, string path) => codec switch
    {
        CodecSpec.PatchPca pca =>
        [
            .. Rules.Positive($"{path}.downsample", pca.Downsample),
            .. Rules.Within($"{path}.channels", pca.Channels, 1, Math.Max(1, 3 * pca.Downsample * pca.Downsample)),
            .. Rules.Within($"{path}.margin", pca.Margin, 0, Math.Max(0, pca.Downsample / 2)),
            .. Rules.Positive($"{path}.targetScale", pca.TargetScale),
            .. Rules.Require(!pca.FitOn.IsEmpty, $"{path}.fitOn", "nothing", "missing; name the data sets to fit on"),
            .. Rules.Positive($"{path}.fitSamples", pca.FitSamples),
        ],
        CodecSpec.AutoencoderKl kl =>
        [
            .. Rules.Require(kl.Weights.Length > 0, $"{path}.weights", "nothing", "missing; name the published weights"),
            .. Rules.Positive($"{path}.scaleFactor", kl.ScaleFactor),
        ],
        _ => throw new NotSupportedException(codec.ToString()),
    };

    public static IEnumerable<SpecError> Mistakes(DatasetSpec dataset, CodecSpec codec, string path) =>
    [
        .. Rules.Positive($"{path}.size", dataset.ImageSize),
        .. Rules.Multiple($"{path}.size", dataset.ImageSize, codec.Downsampling, "the codec's downsampling"),
        .. dataset switch
        {
            DatasetSpec.Synthetic synthetic => Mistakes(synthetic, path),
            DatasetSpec.Folder folder => Mistakes(folder, path),
            DatasetSpec.Shards shards => Mistakes(shards, path),
            _ => throw new NotSupportedException(dataset.ToString()),
        },
    ];

    static IEnumerable<SpecError> Mistakes(DatasetSpec.Synthetic synthetic, string path) =>
    [
        .. Rules.Positive($"{path}.scenes", synthetic.Scenes),
        .. Rules.NotNegative($"{path}.offset", synthetic.Offset),
        .. Rules.Require(
            synthetic.Layout is not (DatasetLayout.ImagenetTar or DatasetLayout.HypersimMarigold),
            $"{path}.layout", Text.Spelling.Kebab(synthetic.Layout.ToString()), "not one that scenes are rendered into: imagenet, hypersim, flying-chairs, pix2gestalt"),
    ];

    static IEnumerable<SpecError> Mistakes(DatasetSpec.Folder folder, string path) =>
    [
        .. Rules.Require(folder.Path.Length > 0, $"{path}.path", "nothing", "missing; say where the data is"),
        .. Rules.Require(folder.Content.Length > 0, $"{path}.content", "nothing", "missing; say what the folder holds"),
        .. folder.Limit.AsEnumerable().SelectMany(limit => Rules.Positive($"{path}.limit", limit)),
    ];

    static IEnumerable<SpecError> Mistakes(DatasetSpec.Shards shards, string path) =>
    [
        .. Rules.Require(shards.Address.Length > 0, $"{path}.address", "nothing", "missing; say where the shards are: a folder, https://host/path/ or s3://bucket/prefix/"),
        .. Rules.Sha256($"{path}.content", shards.Content, "not a dataset_hash: 64 hexadecimal digits, as `flow data show ADDRESS` prints them"),
    ];
}
