using Flow.Dataflow.Codecs;
using Flow.Domain;
using Flow.Domain.Runs;

namespace Flow.Dataflow.Sources;

/// <summary>
/// Hypersim as Marigold prepares it: SPLIT/SCENE/rgb_cam_XX_frIIII.png (8 bit) and depth_plane_cam_XX_frIIII.png (16 bit, planar
/// millimetres, 0 invalid). A list file (filename_list_SPLIT*.txt, two paths a line) chooses and orders the frames; without one, all of
/// them in order of their names.
/// </summary>
public static class HypersimMarigold
{
    const string Expected = "train/, val/ or test/ with SCENE/{rgb,depth_plane}_cam_XX_frIIII.png";

    public static SampleSource Open(string folder, string split)
    {
        var root = Root.Open(folder, Expected);
        var pairs = Listed(root, split) ?? Found(root, split);
        if (pairs.Length == 0) throw new BadInputException($"{folder}: holds no frames of the {split} split; it should hold {Expected}");
        return new SampleSource(
            "hypersim-marigold", split, PerceptionTask.Depth, () => pairs.Select((pair, i) => new SampleRef(i, pair.Rgb, 0)),
            sample => Load(root, sample, pairs[sample.Id].Depth), pairs.Length, []);
    }

    /// <summary>The pairs of the split's list file; the paths in it begin at the split's folder.</summary>
    static (string Rgb, string Depth)[]? Listed(Root root, string split)
    {
        if (split == "all" || root.Files(".", $"filename_list_{split}*.txt") is not [var list, ..]) return null;
        return [.. File.ReadLines(root[list]).Select(line => line.Trim()).Where(line => line.Length > 0).Select(line =>
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var rgb, var depth, ..]
                ? (Below(split, rgb), Below(split, depth))
                : throw new BadInputException($"{root[list]}: \"{line}\" is not two paths"))];
    }

    static string Below(string split, string path) => path.StartsWith(split + "/", StringComparison.Ordinal) ? path : $"{split}/{path}";

    static (string Rgb, string Depth)[] Found(Root root, string split)
    {
        string[] splits = split == "all" ? ["train", "val", "test"] : [split];
        return [..
            from part in splits.Where(part => Directory.Exists(root[part]))
            from scene in root.Folders(part)
            from rgb in root.Files($"{part}/{scene}", "rgb_cam_*.png")
            select ($"{part}/{scene}/{rgb}", $"{part}/{scene}/depth_plane{rgb["rgb".Length..]}")];
    }

    static RawSample Load(Root root, SampleRef sample, string depthPath)
    {
        var image = ImageFile.Decode(root.Read(sample.Key), root[sample.Key]);
        var png = Png.Decode(root.Read(depthPath), root[depthPath]);
        if (png is not { BitDepth: 16, Channels: 1 })
            throw new BadFileException(root[depthPath], $"has {png.Channels} channels of {png.BitDepth} bits, not 1 of 16", "fetch it again");
        if ((png.Height, png.Width) != (image.Height, image.Width))
            throw new BadFileException(root[depthPath], $"is {png.Width} x {png.Height}, its image {image.Width} x {image.Height}", "fetch the frame again");
        var metres = Array.ConvertAll(png.Samples, millimetres => millimetres == 0 ? float.NaN : millimetres / 1000f);
        return new RawSample(sample, image, GroundTruth.Depth.Of(new FloatImage(png.Height, png.Width, 1, metres), root[depthPath]));
    }
}
