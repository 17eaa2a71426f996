namespace Flow.Dataflow.Synth;

/// <summary>One rendered scene with the truth of every task. Images are square, row-major, height x width x channels.</summary>
/// <param name="Index">Its number in the endless sequence of its seed.</param>
/// <param name="Label">3 x room (0 small, 1 large) + kind (0 box, 1 sphere, 2 cylinder): six classes.</param>
/// <param name="Size">Width and height in pixels.</param>
/// <param name="Focal">Focal length in pixels.</param>
/// <param name="Rgb">The first frame.</param>
/// <param name="Depth">Planar depth along the optical axis, metres; every pixel is valid.</param>
/// <param name="Distance">Distance to the optical centre along the pixel's ray, metres (what Hypersim stores).</param>
/// <param name="Rgb2">The second frame: the camera and every object have moved.</param>
/// <param name="Flow">Where each pixel of the first frame went, (u right, v down) in pixels, occluded or not.</param>
public sealed record Scene(
    long Index,
    int Label,
    int Size,
    float Focal,
    byte[] Rgb,
    float[] Depth,
    float[] Distance,
    byte[] Rgb2,
    float[] Flow,
    AmodalView Amodal)
{
    /// <summary>Number of different labels.</summary>
    public const int Classes = 6;
}

/// <summary>One partly hidden object of a scene, as pix2gestalt stores it. Masks are 0 or 255; visible is a subset of whole.</summary>
/// <param name="VisibleMask">Where the object is seen in the first frame.</param>
/// <param name="WholeMask">Where it would be seen if nothing stood before it.</param>
/// <param name="Whole">The whole object on pure white; equals the first frame where it is visible.</param>
public sealed record AmodalView(byte[] VisibleMask, byte[] WholeMask, byte[] Whole);
