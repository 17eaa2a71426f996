using System.Globalization;
using Flow.Dataflow.Codecs;
using Flow.Dataflow.Preprocess;
using Flow.Dataflow.Sources;
using Flow.Domain;
using Flow.Domain.Pictures;
using Flow.Domain.Runs;
using Flow.Storage.Shards;

namespace Flow.Dataflow.Ingest;

/// <summary>A sample ready for the encoder.</summary>
/// <param name="Images">Three planes [3, size, size] for each of the shard's latent blobs, in the schema's order.</param>
/// <param name="Exact">The blobs that no codec sees, in the schema's order: the truth, and two more masks of an amodal sample; none for photographs.</param>
public sealed record PreparedSample(SampleRef Ref, int Height, int Width, float[][] Images, byte[][] Exact);

/// <summary>
/// From a decoded sample to square images and their mirror images: photographs are cropped as DiT does; for dense tasks image and
/// truth are squeezed into the square, so that every pixel keeps its truth.
/// </summary>
/// <param name="Task">None for class-labelled photographs.</param>
/// <param name="Size">Width and height in pixels.</param>
/// <param name="FlowScale">Pixels of flow, at this size, that are drawn as 1.</param>
public sealed record Preparation(PerceptionTask? Task, int Size, float FlowScale)
{
    /// <summary>With the papers' scale of flow, 75 pixels at a width of 512, brought to this size.</summary>
    public static Preparation For(PerceptionTask? task, int size) => new(task, size, FlowTarget.PaperScale * size / 512);

    /// <summary>Names of the images of a sample: the photograph, what is to be predicted, and the task's prompt.</summary>
    public IReadOnlyList<string> Images =>
    [..
        from name in Task switch
        {
            null => (string[])[BlobSpec.Latents],
            _ => [BlobSpec.Latents, BlobSpec.Target, BlobSpec.Prompt],
        }
        from suffix in (string[])["", BlobSpec.FlipSuffix]
        select name + suffix
    ];

    /// <summary>The columns of a shard of these samples.</summary>
    public ShardSchema Schema(string dataset, ImageEncoder encoder)
    {
        int[] latents = [encoder.Latents.Channels, encoder.Latents.Height, encoder.Latents.Width];
        var blobs = Images.Select(name => new BlobSpec(name, BlobType.Float16, latents)).ToList();
        blobs.AddRange(Exact);
        var properties = new Dictionary<string, string> { ["image_size"] = Text(Size) };
        if (Task is { } task) properties["task"] = task.ToString().ToLowerInvariant();
        if (Task == PerceptionTask.Flow) properties["flow_scale"] = Text(FlowScale);
        return new ShardSchema(dataset, encoder.CodecHash, encoder.ScaleFactor, blobs, properties);
    }

    /// <summary>Crops, resizes, mirrors and normalises one sample. Pure; any thread.</summary>
    public PreparedSample Prepare(RawSample raw)
    {
        var (images, exact) = raw.Truth switch
        {
            GroundTruth.Class => (Both(Planes.Of(Crop.Centre(raw.Image, Size))), []),
            GroundTruth.Depth depth => Depth(raw, depth),
            GroundTruth.Motion motion => Motion(raw, motion),
            GroundTruth.Amodal amodal => Amodal(raw, amodal),
            _ => throw new NotSupportedException(raw.Truth.ToString()),
        };
        return new PreparedSample(raw.Ref, raw.Image.Height, raw.Image.Width, images, exact);
    }

    /// <summary>
    /// The images that condition a prediction where there is no truth: the photograph, and the prompt of a generalist, which is the next frame,
    /// the visible mask, or, for depth, that every pixel counts; planes [3, size, size]. A model of one condition reads the first.
    /// </summary>
    /// <param name="visibleMask">0 or 255, as large as the image.</param>
    /// <exception cref="BadInputException">What the task needs is missing, or of another size.</exception>
    public IReadOnlyList<float[]> Conditions(RgbImage image, RgbImage? next, byte[]? visibleMask) => Task switch
    {
        PerceptionTask.Flow => next is null
            ? throw new BadInputException("optical flow needs a second frame")
            : [Squeezed(image), Squeezed(next)],
        PerceptionTask.Amodal => visibleMask?.Length != image.Height * image.Width
            ? throw new BadInputException("amodal segmentation needs a mask of what is visible of the object, as large as the image")
            : [Squeezed(image), Planes.OfMask(Squeezed(visibleMask, image))],
        PerceptionTask.Depth => [Squeezed(image), Planes.Gray(Valid(new float[Size * Size], _ => true))],
        _ => [Squeezed(image)],
    };

    BlobSpec[] Exact => Task switch
    {
        PerceptionTask.Depth => [new(BlobSpec.Truth, BlobType.Float32, [1, Size, Size])],
        PerceptionTask.Flow => [new(BlobSpec.Truth, BlobType.Float32, [2, Size, Size])],
        PerceptionTask.Amodal => [.. from name in (string[])[BlobSpec.Truth, BlobSpec.Visible, BlobSpec.Thresholded] select new BlobSpec(name, BlobType.UInt8, [1, Size, Size])],
        _ => [],
    };

    (float[][], byte[][]) Depth(RawSample raw, GroundTruth.Depth depth)
    {
        var metres = Array.ConvertAll(Crop.Nearest(depth.Metres, Size).Values, value => DepthTarget.IsValid(value) ? value : float.NaN);
        var target = Planes.Gray(DepthTarget.Normalise(metres));
        return ([.. Photograph(raw.Image), .. Both(target), .. Both(Planes.Gray(Valid(metres, DepthTarget.IsValid)))], [BlobBytes.Of<float>(metres)]);
    }

    /// <summary>The released generalist's prompt for depth: 1 where the truth is valid and 0 elsewhere, not rescaled (facts/models.md section 0).</summary>
    static float[] Valid(float[] metres, Predicate<float> valid) => Array.ConvertAll(metres, value => valid(value) ? 1f : 0f);

    (float[][], byte[][]) Motion(RawSample raw, GroundTruth.Motion motion)
    {
        var flow = FlowTarget.Resize(motion.Pixels, Size);
        var area = Size * Size;
        var planar = new float[2 * area];
        for (var i = 0; i < area; i++) (planar[i], planar[area + i]) = (flow.Values[2 * i], flow.Values[2 * i + 1]);
        var (target, mirrored) = (FlowTarget.Draw(flow, FlowScale), FlowTarget.Draw(FlowTarget.Mirror(flow), FlowScale));
        return ([.. Photograph(raw.Image), target, mirrored, .. Photograph(motion.Next)], [BlobBytes.Of<float>(planar)]);
    }

    (float[][], byte[][]) Amodal(RawSample raw, GroundTruth.Amodal amodal)
    {
        var whole = Squeezed(amodal.WholeMask, raw.Image);
        var visible = Squeezed(amodal.VisibleMask, raw.Image);
        var thresholded = Array.ConvertAll(ObjectOnWhite.Mask(Crop.Squeeze(amodal.Whole, Size).Pixels), inside => inside ? byte.MaxValue : byte.MinValue);
        return ([.. Photograph(raw.Image), .. Photograph(amodal.Whole), .. Both(Planes.OfMask(visible))], [whole, visible, thresholded]);
    }

    byte[] Squeezed(byte[] mask, RgbImage image)
    {
        var field = new FloatImage(image.Height, image.Width, 1, Array.ConvertAll(mask, value => (float)value));
        return Array.ConvertAll(Crop.Nearest(field, Size).Values, value => (byte)value);
    }

    float[] Squeezed(RgbImage image) => Planes.Of(Crop.Squeeze(image, Size));

    float[][] Photograph(RgbImage image) => Both(Squeezed(image));

    float[][] Both(float[] planes) => [planes, Planes.Mirror(planes, Size)];

    static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
