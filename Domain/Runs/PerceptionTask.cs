namespace Flow.Domain.Runs;

/// <summary>What an image-to-image model is fine-tuned to predict.</summary>
public enum PerceptionTask
{
    /// <summary>Affine-invariant depth, AbsRel and delta1 after least-squares alignment.</summary>
    Depth,

    /// <summary>Optical flow in pixels, EPE.</summary>
    Flow,

    /// <summary>Amodal segmentation: the whole object behind its occluder, IoU.</summary>
    Amodal,
}
