using Flow.Dataflow.Codecs;
using Flow.Domain;

namespace Flow.Dataflow.Sources;

/// <summary>
/// ImageNet's training archive without unpacking it: ILSVRC2012_img_train.tar holds one tar per class, n########.tar, and
/// each of them its images. Samples come class by class in ordinal order of the class names, images in the archive's order.
/// </summary>
public static class ImageNetTar
{
    public static SampleSource Open(string archive, string split, int atLeast = 0)
    {
        if (!File.Exists(archive)) throw new BadInputException($"{archive}: no such file; it should be ILSVRC2012_img_train.tar (docs/datasets.md)");
        var handle = File.OpenHandle(archive);
        var classes = Tar.Entries(handle, archive, 0, RandomAccess.GetLength(handle))
            .Where(entry => entry.Name.EndsWith(".tar", StringComparison.Ordinal))
            .OrderBy(entry => entry.Name, StringComparer.Ordinal).ToArray();
        if (classes.Length == 0) throw new BadInputException($"{archive}: holds no class archives (n########.tar); is it ImageNet's training archive?");

        IEnumerable<SampleRef> Samples()
        {
            var id = 0L;
            for (var label = 0; label < classes.Length; label++)
                foreach (var image in Tar.Entries(handle, archive, classes[label].Offset, classes[label].Length))
                    if (ImageNet.IsImage(image.Name))
                        yield return new SampleRef(id++, $"{Path.GetFileNameWithoutExtension(classes[label].Name)}/{image.Name}", label, image.Offset, image.Length);
        }

        RawSample Load(SampleRef sample)
        {
            var file = $"{archive}:{sample.Key}";
            Limits.CheckLength(file, sample.Length);
            var bytes = new byte[sample.Length];
            Limits.ReadAt(handle, bytes, sample.Offset, file);
            return new RawSample(sample, ImageFile.Decode(bytes, file, atLeast), GroundTruth.Class.Only);
        }

        return new SampleSource("imagenet-tar", split, null, Samples, Load, -1, []);
    }
}
