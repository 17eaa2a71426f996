using System.Numerics;

namespace Flow.Dataflow.Synth;

/// <summary>
/// Turns scene <c>index</c> of a seed into pixels and exact truth by casting one ray a pixel. A pure function: the same
/// arguments give the same bytes on any thread, so that callers render in parallel over scenes as they please.
/// </summary>
public static class SceneRenderer
{
    /// <param name="size">Width and height in pixels, 1 to 4096.</param>
    /// <param name="focal">Focal length in pixels for every scene; none draws a field of view of 55 to 80 degrees for each.</param>
    public static Scene Render(int seed, long index, int size, float? focal = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 4096);
        var stage = Stage.Draw(seed, index, focal * 2 / size);
        var pixels = size * size;
        var (rgb, rgb2) = (new byte[3 * pixels], new byte[3 * pixels]);
        var (depth, distance, flow) = (new float[pixels], new float[pixels], new float[2 * pixels]);
        var amodal = new AmodalView(new byte[pixels], new byte[pixels], new byte[3 * pixels]);
        var hidden = stage.Before.Solids[stage.Hidden];
        for (var pixel = 0; pixel < pixels; pixel++)
        {
            var image = Image(pixel, size);
            var ray = stage.First.Ray(image);
            var hit = stage.Before.Trace(stage.First.Position, ray);
            var point = stage.First.Position + ray * hit.Distance;
            Store(stage.Before.Shade(point, hit.Solid), rgb, pixel);
            distance[pixel] = hit.Distance;
            depth[pixel] = hit.Distance * Vector3.Dot(ray, stage.First.Forward);
            var shift = (stage.Second.Project(Follow(stage, point, hit.Solid)) - image) * (size / 2f);
            (flow[2 * pixel], flow[2 * pixel + 1]) = (shift.X, shift.Y);
            StoreHidden(stage, hidden, ray, hit, pixel, amodal);
            StoreSecond(stage, image, rgb2, pixel);
        }
        return new Scene(index, stage.Label, size, stage.First.Focal * size / 2, rgb, depth, distance, rgb2, flow, amodal);
    }

    /// <summary>The centre of a pixel in half image widths.</summary>
    static Vector2 Image(int pixel, int size) => new Vector2(pixel % size + 0.5f, pixel / size + 0.5f) * (2f / size) - Vector2.One;

    /// <summary>Where a point of the first world is in the second: the room stands still, a solid takes its points along.</summary>
    public static Vector3 Follow(Stage stage, Vector3 point, int solid) =>
        solid < 0 ? point : stage.After.Solids[solid].ToRoom(stage.Before.Solids[solid].ToLocal(point));

    static void StoreSecond(Stage stage, Vector2 image, byte[] rgb2, int pixel)
    {
        var ray = stage.Second.Ray(image);
        var hit = stage.After.Trace(stage.Second.Position, ray);
        Store(stage.After.Shade(stage.Second.Position + ray * hit.Distance, hit.Solid), rgb2, pixel);
    }

    static void StoreHidden(Stage stage, Solid hidden, Vector3 ray, Hit hit, int pixel, AmodalView amodal)
    {
        var distance = hidden.Intersect(stage.First.Position, ray);
        var inside = float.IsFinite(distance);
        var colour = inside ? stage.Before.Shade(stage.First.Position + ray * distance, stage.Hidden) : Vector3.One;
        Store(colour, amodal.Whole, pixel);
        amodal.WholeMask[pixel] = inside ? (byte)255 : (byte)0;
        amodal.VisibleMask[pixel] = hit.Solid == stage.Hidden ? (byte)255 : (byte)0;
    }

    static void Store(Vector3 colour, byte[] rgb, int pixel)
    {
        var value = colour * 255 + new Vector3(0.5f);
        (rgb[3 * pixel], rgb[3 * pixel + 1], rgb[3 * pixel + 2]) = ((byte)value.X, (byte)value.Y, (byte)value.Z);
    }
}
