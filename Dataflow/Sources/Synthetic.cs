using Flow.Dataflow.Codecs;
using Flow.Dataflow.Synth;
using Flow.Domain.Data;
using Flow.Domain.Runs;

namespace Flow.Dataflow.Sources;

/// <summary>Scenes rendered as they are asked for: what `flow synth` would write into a layout, without the disk between.</summary>
public static class Synthetic
{
    public static SampleSource Open(DatasetSpec.Synthetic spec) => new(
        "synthetic", "all", Task(spec.Layout),
        () => Enumerable.Range(0, spec.Scenes).Select(i => new SampleRef(i, $"scene_{spec.Seed}_{spec.Offset + i}", 0)),
        sample => Load(spec, sample), spec.Scenes, []);

    /// <summary>Scenes of the Hypersim layout have its camera; the others draw their field of view.</summary>
    public static Scene Render(DatasetSpec.Synthetic spec, long sample) => SceneRenderer.Render(
        spec.Seed, spec.Offset + sample, spec.Size,
        spec.Layout is DatasetLayout.Hypersim or DatasetLayout.HypersimMarigold ? (float)(PlanarDepth.Focal * spec.Size / PlanarDepth.PublishedWidth) : null);

    static RawSample Load(DatasetSpec.Synthetic spec, SampleRef sample)
    {
        var scene = Render(spec, sample.Id);
        GroundTruth truth = spec.Layout switch
        {
            DatasetLayout.Imagenet => GroundTruth.Class.Only,
            DatasetLayout.Hypersim or DatasetLayout.HypersimMarigold => new GroundTruth.Depth(new FloatImage(spec.Size, spec.Size, 1, scene.Depth)),
            DatasetLayout.FlyingChairs => new GroundTruth.Motion(Image(scene.Rgb2, spec), new FloatImage(spec.Size, spec.Size, 2, scene.Flow)),
            DatasetLayout.Pix2gestalt => new GroundTruth.Amodal(scene.Amodal.VisibleMask, scene.Amodal.WholeMask, Image(scene.Amodal.Whole, spec)),
            _ => throw new NotSupportedException($"scenes are not rendered into the layout {spec.Layout}"),
        };
        return new RawSample(sample with { Label = scene.Label }, Image(scene.Rgb, spec), truth);
    }

    static PerceptionTask? Task(DatasetLayout layout) => layout switch
    {
        DatasetLayout.Hypersim or DatasetLayout.HypersimMarigold => PerceptionTask.Depth,
        DatasetLayout.FlyingChairs => PerceptionTask.Flow,
        DatasetLayout.Pix2gestalt => PerceptionTask.Amodal,
        _ => null,
    };

    static RgbImage Image(byte[] pixels, DatasetSpec.Synthetic spec) => new(spec.Size, spec.Size, pixels);
}
