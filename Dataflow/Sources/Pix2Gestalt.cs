using Flow.Dataflow.Codecs;
using Flow.Domain;
using Flow.Domain.Runs;

namespace Flow.Dataflow.Sources;

/// <summary>
/// pix2gestalt's occlusions: occlusion/ID_occlusion.png, visible_object_mask/ID_visible_mask.png, whole/ID_whole.png and
/// whole_mask/ID_whole_mask.png. In order of the file names the last 1 % (from floor(0.99 N) on) validates, as in its loader.
/// </summary>
public static class Pix2Gestalt
{
    const string Expected = "occlusion/, visible_object_mask/, whole/ and whole_mask/";
    const string Ending = "_occlusion.png";

    public static SampleSource Open(string folder, string split)
    {
        var root = Root.Open(folder, Expected);
        if (!Directory.Exists(root["occlusion"])) throw new BadInputException($"{folder}: has no folder occlusion; it should hold {Expected}");
        var ids = root.Files("occlusion", "*" + Ending).Select(file => file[..^Ending.Length]).ToArray();
        var boundary = (int)(0.99 * ids.Length);
        var wanted = split switch
        {
            "train" => ids[..boundary],
            "val" => ids[boundary..],
            _ => ids,
        };
        if (wanted.Length == 0) throw new BadInputException($"{folder}: holds {ids.Length} samples, none of them in the {split} split");
        return new SampleSource(
            "pix2gestalt", split, PerceptionTask.Amodal, () => wanted.Select((id, i) => new SampleRef(i, $"occlusion/{id}{Ending}", 0)),
            sample => Load(root, sample), wanted.Length, []);
    }

    static RawSample Load(Root root, SampleRef sample)
    {
        var id = Path.GetFileName(sample.Key)[..^Ending.Length];
        var image = ImageFile.Decode(root.Read(sample.Key), root[sample.Key]);
        var (wholePath, visiblePath, maskPath) = ($"whole/{id}_whole.png", $"visible_object_mask/{id}_visible_mask.png", $"whole_mask/{id}_whole_mask.png");
        var whole = ImageFile.Decode(root.Read(wholePath), root[wholePath]);
        var (visible, mask) = (Mask(root, visiblePath, image), Mask(root, maskPath, image));
        if ((whole.Height, whole.Width) != (image.Height, image.Width))
            throw new BadFileException(root[wholePath], $"is {whole.Width} x {whole.Height}, its image {image.Width} x {image.Height}", "fetch the sample again");
        return new RawSample(sample, image, new GroundTruth.Amodal(visible, mask, whole));
    }

    static byte[] Mask(Root root, string path, RgbImage image)
    {
        var png = Png.Decode(root.Read(path), root[path]);
        if ((png.Height, png.Width) != (image.Height, image.Width))
            throw new BadFileException(root[path], $"is {png.Width} x {png.Height}, its image {image.Width} x {image.Height}", "fetch the sample again");
        var threshold = png.BitDepth == 16 ? 1 << 15 : 1 << 7;
        return Array.ConvertAll(png.ToGray(), value => value >= threshold ? byte.MaxValue : byte.MinValue);
    }
}
