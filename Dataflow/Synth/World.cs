using System.Numerics;

namespace Flow.Dataflow.Synth;

/// <summary>What a ray meets: distance in metres, and which solid (-1 the room's own walls, floor and ceiling).</summary>
public readonly record struct Hit(float Distance, int Solid);

/// <summary>A room with its solids and its lamp: everything but the camera. Room coordinates: x in +-width/2, y from the floor, z from the near wall.</summary>
/// <param name="Room">Half sizes of the room, metres.</param>
/// <param name="Walls">One texture per face in the order of <see cref="Slabs.Face"/>.</param>
/// <param name="Ambient">Share of the light that reaches everything; the lamp gives the rest where it is seen.</param>
public sealed record World(Vector3 Room, IReadOnlyList<Texture> Walls, IReadOnlyList<Solid> Solids, Vector3 Lamp, float Ambient)
{
    /// <summary>How far off a surface its shadow ray starts, metres: above fp32's error in a room of 16 m, below what a pixel shows.</summary>
    const float Clearance = 1e-3f;

    Vector3 Middle => new(0, Room.Y, Room.Z);

    /// <summary>The first thing on a unit ray from inside the room.</summary>
    public Hit Trace(Vector3 origin, Vector3 direction)
    {
        var hit = new Hit(Slabs.Cross(origin - Middle, direction, Room).Far, -1);
        for (var i = 0; i < Solids.Count; i++)
            if (Solids[i].Intersect(origin, direction) is var distance && distance < hit.Distance) hit = new Hit(distance, i);
        return hit;
    }

    /// <summary>The display colour in [0, 1] of a point on a surface: diffuse, one lamp, hard shadows.</summary>
    public Vector3 Shade(Vector3 point, int solid)
    {
        var (normal, albedo) = Paint(point, solid);
        var towards = Lamp - point;
        var distance = towards.Length();
        var direction = towards / distance;
        var facing = Vector3.Dot(normal, direction);
        var lit = facing > 0 && Sees(point + normal * Clearance, direction, distance);
        return albedo * (Ambient + (lit ? (1 - Ambient) * facing : 0));
    }

    (Vector3 Normal, Vector3 Albedo) Paint(Vector3 point, int solid)
    {
        if (solid >= 0)
        {
            var (outward, at) = Solids[solid].Surface(point);
            return (outward, Solids[solid].Texture.At(at));
        }
        var (face, normal, uv) = Slabs.Face(point - Middle, Room);
        return (-normal, Walls[face].At(uv));
    }

    bool Sees(Vector3 origin, Vector3 direction, float distance)
    {
        for (var i = 0; i < Solids.Count; i++)
            if (Solids[i].Intersect(origin, direction) < distance) return false;
        return true;
    }
}
