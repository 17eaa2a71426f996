using System.Numerics;

namespace Flow.Dataflow.Synth;

/// <summary>The kinds of object; part of a scene's label.</summary>
public enum SolidKind
{
    Box,
    Sphere,
    Cylinder,
}

/// <summary>An upright object that stands on the floor and may turn about its vertical axis.</summary>
/// <param name="Half">Half sizes in metres along the object's own axes; a sphere has its radius three times.</param>
/// <param name="Centre">Its middle, in room coordinates.</param>
/// <param name="Yaw">Its turn about the vertical, radians.</param>
public sealed record Solid(SolidKind Kind, Vector3 Half, Vector3 Centre, float Yaw, Texture Texture)
{
    readonly float sin = MathF.Sin(Yaw);
    readonly float cos = MathF.Cos(Yaw);

    /// <summary>Radius of a sphere around the centre that holds the whole object, metres.</summary>
    public float Bound { get; } = Kind switch
    {
        SolidKind.Sphere => Half.X,
        SolidKind.Cylinder => new Vector2(Half.X, Half.Y).Length(),
        _ => Half.Length(),
    };

    /// <summary>Radius of its footprint, metres.</summary>
    public float Footprint { get; } = Kind == SolidKind.Box ? new Vector2(Half.X, Half.Z).Length() : Half.X;

    /// <summary>Distance along a unit ray to the first hit from outside; infinity when it misses.</summary>
    public float Intersect(Vector3 origin, Vector3 direction)
    {
        var towards = Centre - origin;
        var along = Vector3.Dot(towards, direction);
        if (towards.LengthSquared() - along * along > Bound * Bound) return float.PositiveInfinity;
        var (o, d) = (Turn(-towards, -sin), Turn(direction, -sin));
        return Kind switch
        {
            SolidKind.Sphere => Ball(o, d),
            SolidKind.Cylinder => Drum(o, d),
            _ => Slabs.Cross(o, d, Half) is var (near, far) && near <= far && near > 0 ? near : float.PositiveInfinity,
        };
    }

    /// <summary>A point of the room in the object's own coordinates, and back: how a painted point moves with its object.</summary>
    public Vector3 ToLocal(Vector3 point) => Turn(point - Centre, -sin);

    public Vector3 ToRoom(Vector3 local) => Turn(local, sin) + Centre;

    /// <summary>Outward normal in the room and texture coordinates in metres at a point of the surface.</summary>
    public (Vector3 Normal, Vector2 Uv) Surface(Vector3 point)
    {
        var local = ToLocal(point);
        var (normal, uv) = Kind switch
        {
            SolidKind.Sphere => (local / Half.X, new Vector2(
                MathF.Atan2(local.Z, local.X) * Half.X, MathF.Asin(Math.Clamp(local.Y / Half.X, -1, 1)) * Half.X)),
            SolidKind.Cylinder => DrumSurface(local),
            _ => Slabs.Face(local, Half) is var face ? (face.Normal, face.Uv) : default,
        };
        return (Turn(normal, sin), uv);
    }

    Vector3 Turn(Vector3 v, float s) => new(v.X * cos + v.Z * s, v.Y, v.Z * cos - v.X * s);

    float Ball(Vector3 o, Vector3 d)
    {
        var half = Vector3.Dot(o, d);
        var root = half * half - o.LengthSquared() + Half.X * Half.X;
        var near = -half - MathF.Sqrt(MathF.Max(root, 0));
        return root > 0 && near > 0 ? near : float.PositiveInfinity;
    }

    float Drum(Vector3 o, Vector3 d)
    {
        var a = d.X * d.X + d.Z * d.Z;
        var b = o.X * d.X + o.Z * d.Z;
        var root = b * b - a * (o.X * o.X + o.Z * o.Z - Half.X * Half.X);
        if (root <= 0) return float.PositiveInfinity;
        // Between entering the round wall and leaving it, and between the two caps: a slab in each.
        var reach = MathF.Sqrt(root);
        var (wallNear, wallFar) = a > 0 ? ((-b - reach) / a, (-b + reach) / a) : (float.NegativeInfinity, float.PositiveInfinity);
        var (capA, capB) = ((-Half.Y - o.Y) / d.Y, (Half.Y - o.Y) / d.Y);
        var near = MathF.Max(wallNear, MathF.Min(capA, capB));
        return near <= MathF.Min(wallFar, MathF.Max(capA, capB)) && near > 0 ? near : float.PositiveInfinity;
    }

    (Vector3, Vector2) DrumSurface(Vector3 local)
    {
        var radius = new Vector2(local.X, local.Z).Length();
        return MathF.Abs(local.Y) / Half.Y > radius / Half.X
            ? (new Vector3(0, MathF.Sign(local.Y), 0), new Vector2(local.X, local.Z))
            : (new Vector3(local.X / radius, 0, local.Z / radius), new Vector2(MathF.Atan2(local.Z, local.X) * Half.X, local.Y));
    }
}
