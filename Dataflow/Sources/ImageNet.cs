using Flow.Dataflow.Codecs;
using Flow.Domain;

namespace Flow.Dataflow.Sources;

/// <summary>
/// ImageNet as class folders: root/n########/*.JPEG. The class index is the place of the folder's name in ordinal order
/// (torchvision's ImageFolder), not the devkit's numbering.
/// </summary>
public static class ImageNet
{
    const string Expected = "one folder per class (n01440764, n01443537, ...) with its images";

    static readonly string[] Endings = [".JPEG", ".jpeg", ".jpg", ".JPG", ".png", ".PNG"];

    /// <param name="atLeast">JPEGs may be decoded at a half, a quarter or an eighth while both sides keep this many pixels; 0 decodes in full.</param>
    public static SampleSource Open(string folder, string split, int atLeast = 0)
    {
        var root = Root.Open(folder, Expected);
        var classes = root.Folders(".");
        var total = classes.Sum(name => Directory.EnumerateFiles(root[name]).LongCount(IsImage));
        if (total == 0) throw new BadInputException($"{folder}: holds no images; it should hold {Expected}");
        return new SampleSource("imagenet", split, null, () => Samples(root, classes), sample => Load(root, sample, atLeast), total, []);
    }

    static IEnumerable<SampleRef> Samples(Root root, string[] classes)
    {
        var id = 0L;
        for (var label = 0; label < classes.Length; label++)
            foreach (var file in root.Files(classes[label], "*"))
                if (IsImage(file)) yield return new SampleRef(id++, $"{classes[label]}/{file}", label);
    }

    static RawSample Load(Root root, SampleRef sample, int atLeast) =>
        new(sample, ImageFile.Decode(root.Read(sample.Key), root[sample.Key], atLeast), GroundTruth.Class.Only);

    internal static bool IsImage(string file) => Array.Exists(Endings, ending => file.EndsWith(ending, StringComparison.Ordinal));
}
