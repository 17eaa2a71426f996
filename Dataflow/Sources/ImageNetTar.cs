using Flow.Dataflow.Codecs;
using Flow.Domain;
using Microsoft.Win32.SafeHandles;

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

        return new SampleSource("imagenet-tar", split, null, Samples, Load, About(handle, archive, classes), []);
    }

    /// <summary>
    /// Images of the whole archive if all classes have images as large as the first one has: counting 1.28 million headers would take as long
    /// as a pass over the disk.
    /// </summary>
    static long About(SafeFileHandle handle, string archive, TarEntry[] classes)
    {
        var images = Tar.Entries(handle, archive, classes[0].Offset, classes[0].Length).Count(entry => ImageNet.IsImage(entry.Name));
        return (long)Math.Round(images * (classes.Sum(entry => (double)entry.Length) / Math.Max(1, classes[0].Length)));
    }
}
