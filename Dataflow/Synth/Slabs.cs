using System.Numerics;

namespace Flow.Dataflow.Synth;

/// <summary>Rays against a box of given half sizes around the origin: three pairs of parallel planes (Kay and Kajiya 1986).</summary>
static class Slabs
{
    /// <summary>Where a ray enters and leaves the box; it misses when near is beyond far.</summary>
    public static (float Near, float Far) Cross(Vector3 origin, Vector3 direction, Vector3 half)
    {
        var a = (-half - origin) / direction;
        var b = (half - origin) / direction;
        var (near, far) = (Vector3.Min(a, b), Vector3.Max(a, b));
        return (MathF.Max(near.X, MathF.Max(near.Y, near.Z)), MathF.Min(far.X, MathF.Min(far.Y, far.Z)));
    }

    /// <summary>The face a surface point lies on (2 x axis, + 1 on the positive side), its outward normal and its coordinates in metres.</summary>
    public static (int Index, Vector3 Normal, Vector2 Uv) Face(Vector3 point, Vector3 half)
    {
        var share = Vector3.Abs(point / half);
        if (share.Y >= share.X && share.Y >= share.Z)
            return (point.Y > 0 ? 3 : 2, new Vector3(0, MathF.Sign(point.Y), 0), new Vector2(point.X, point.Z));
        return share.X >= share.Z
            ? (point.X > 0 ? 1 : 0, new Vector3(MathF.Sign(point.X), 0, 0), new Vector2(point.Z, point.Y))
            : (point.Z > 0 ? 5 : 4, new Vector3(0, 0, MathF.Sign(point.Z)), new Vector2(point.X, point.Y));
    }
}
