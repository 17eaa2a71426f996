using Flow.Domain.Text;
using LanguageExt;

namespace Flow.Domain.Data;

/// <summary>The layout of a data set on disk (docs/datasets.md).</summary>
public enum DatasetLayout
{
    /// <summary>ImageNet-1K as class folders n########.</summary>
    Imagenet,

    /// <summary>ImageNet-1K as the tar of class tars, not unpacked.</summary>
    ImagenetTar,

    /// <summary>Hypersim as published: HDF5 colour and ray distance.</summary>
    Hypersim,

    /// <summary>Hypersim as Marigold prepares it: PNG colour and 16-bit planar depth.</summary>
    HypersimMarigold,

    /// <summary>FlyingChairs: .ppm pairs, .flo, split file.</summary>
    FlyingChairs,

    /// <summary>pix2gestalt: occluded image, visible mask, whole image and mask.</summary>
    Pix2gestalt,
}

/// <summary>Which part of a data set, as its publishers divide it.</summary>
public enum DatasetSplit
{
    All,
    Train,
    Validation,
    Test,
}

/// <summary>Images, and the ground truth that comes with their layout.</summary>
public abstract record DatasetSpec
{
    DatasetSpec() { }

    public abstract DatasetLayout Layout { get; }

    /// <summary>Side of the square images in pixels, after cropping or resizing.</summary>
    public abstract int ImageSize { get; }

    /// <summary>Samples, as far as the spec says.</summary>
    public abstract Option<int> Count { get; }

    /// <summary>Scenes rendered by `flow synth`, with exact depth, flow and masks.</summary>
    /// <param name="Scenes">How many.</param>
    /// <param name="Size">Side of the images in pixels.</param>
    /// <param name="Seed">The scenes [Offset, Offset + Scenes) of this seed's endless sequence.</param>
    /// <param name="Offset">Where in that sequence this set begins; held-out sets begin after the training set.</param>
    public sealed record Synthetic(DatasetLayout Layout, int Scenes, int Size = 64, int Seed = 0, int Offset = 0) : DatasetSpec
    {
        public override DatasetLayout Layout { get; } = Layout;

        public override int ImageSize => Size;

        public override Option<int> Count => Scenes;
    }

    /// <summary>A data set on disk.</summary>
    /// <param name="Path">Where this machine keeps it; ${NAME} stands for an environment variable, and a relative path starts at the study's file.</param>
    /// <param name="Content">What the folder holds ("imagenet-1k-train"): the identity of the data, since the path is none.</param>
    /// <param name="Split">Which part of it.</param>
    /// <param name="Size">Side of the images in pixels after cropping (ImageNet) or resizing (the others).</param>
    /// <param name="Limit">At most so many samples, the first in the layout's order.</param>
    /// <param name="Samples">How many the whole of it holds, for estimates of cost.</param>
    public sealed record Folder(
        DatasetLayout Layout,
        [Unhashed] string Path,
        string Content,
        DatasetSplit Split = DatasetSplit.All,
        int Size = 256,
        Option<int> Limit = default,
        [Unhashed] Option<int> Samples = default) : DatasetSpec
    {
        public override Option<int> Count => Limit.IsSome && Samples.IsSome ? from limit in Limit from all in Samples select Math.Min(limit, all) : Limit || Samples;

        public override DatasetLayout Layout { get; } = Layout;

        public override int ImageSize => Size;
    }

    /// <summary>Latent shards that are there already, in a folder or in a remote store: what `flow ingest` wrote, here or elsewhere.</summary>
    /// <param name="Layout">Of the images they were made of; says which truth they carry.</param>
    /// <param name="Address">A folder, or https://host/path/ or s3://bucket/prefix/; ${NAME} stands for an environment variable.</param>
    /// <param name="Content">Their dataset_hash, which `flow data show` prints: the identity of the data, since the address is none.</param>
    /// <param name="Size">Side in pixels of the images they were made of.</param>
    /// <param name="Samples">How many there are, for estimates of cost.</param>
    public sealed record Shards(
        DatasetLayout Layout,
        [Unhashed] string Address,
        string Content,
        int Size = 256,
        [Unhashed] Option<int> Samples = default) : DatasetSpec
    {
        public override Option<int> Count => Samples;

        public override DatasetLayout Layout { get; } = Layout;

        public override int ImageSize => Size;
    }
}
