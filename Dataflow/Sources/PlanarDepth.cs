namespace Flow.Dataflow.Sources;

/// <summary>From Hypersim's distances to the optical centre to depth along the optical axis.</summary>
public static class PlanarDepth
{
    /// <summary>Focal length in pixels at the published width of 1024: a horizontal field of view of 60 degrees (Marigold uses this for every scene).</summary>
    public const double Focal = 886.81;

    public const int PublishedWidth = 1024;

    /// <summary>z = distance x f / sqrt(x^2 + y^2 + f^2) with x, y from the image's centre to the pixel's and f in proportion to the width.</summary>
    public static float[] FromFocal(ReadOnlySpan<float> distance, int height, int width)
    {
        var focal = Focal * width / PublishedWidth;
        var depth = new float[distance.Length];
        for (var i = 0; i < depth.Length; i++)
        {
            var (x, y) = (i % width + 0.5 - width / 2.0, i / width + 0.5 - height / 2.0);
            depth[i] = (float)(distance[i] * focal / Math.Sqrt(x * x + y * y + focal * focal));
        }
        return depth;
    }

    /// <summary>
    /// With the scene's own camera, for the 162 of 482 scenes whose field of view differs or whose lens is shifted: the ray of a
    /// pixel is M (u, v, 1) with u to the right and v up in (-1, 1), and the camera looks along -z.
    /// </summary>
    /// <param name="camFromUv">M_cam_from_uv of metadata_camera_parameters.csv, row-major 3 x 3.</param>
    public static float[] FromCamera(ReadOnlySpan<float> distance, int height, int width, IReadOnlyList<double> camFromUv)
    {
        var depth = new float[distance.Length];
        var m = camFromUv;
        for (var i = 0; i < depth.Length; i++)
        {
            var (u, v) = ((2 * (i % width) + 1.0) / width - 1, 1 - (2 * (i / width) + 1.0) / height);
            var (x, y, z) = (m[0] * u + m[1] * v + m[2], m[3] * u + m[4] * v + m[5], m[6] * u + m[7] * v + m[8]);
            depth[i] = (float)(distance[i] * -z / Math.Sqrt(x * x + y * y + z * z));
        }
        return depth;
    }
}
