using System.Numerics;

namespace Flow.Dataflow.Synth;

/// <summary>
/// A scene before it is rendered: two worlds an instant apart, a camera in each, and the partly hidden object. Drawn from the
/// statistics of facts/tiny.md section 1; it does not depend on the size in pixels.
/// </summary>
public sealed record Stage(int Label, World Before, World After, Camera First, Camera Second, int Hidden)
{
    /// <summary>Side of the coarse image on which the hidden object is chosen.</summary>
    const int Probe = 32;

    /// <summary>Draws scene <paramref name="index"/> of a seed, placing its objects anew until one of them is partly hidden.</summary>
    /// <param name="focal">Focal length in half image widths; none draws a field of view of 55 to 80 degrees.</param>
    public static Stage Draw(int seed, long index, float? focal = null)
    {
        var label = new Draws(seed, index, 0).Below(Scene.Classes);
        for (var attempt = 1; ; attempt++)
        {
            var draws = new Draws(seed, index, attempt);
            var (room, camera) = Enter(draws, label / 3, focal);
            var solids = Furnish(draws, room, camera, (SolidKind)(label % 3));
            var before = new World(
                room,
                [.. Enumerable.Range(0, 6).Select(_ => Texture.Draw(draws))],
                solids,
                new Vector3(draws.Between(-0.6f, 0.6f) * room.X, 2 * room.Y - draws.Between(0.1f, 0.4f), draws.Between(0.4f, 1.6f) * room.Z),
                draws.Between(0.25f, 0.45f));
            var hidden = PartlyHidden(before, camera);
            if (hidden < 0) continue;
            var after = before with { Solids = [.. solids.Select(solid => Move(draws, solid, room))] };
            return new Stage(label, before, after, camera, Step(draws, camera), hidden);
        }
    }

    static (Vector3 Room, Camera Camera) Enter(Draws draws, int large, float? focal)
    {
        var room = 0.5f * (large == 0
            ? new Vector3(draws.Between(4, 6), draws.Between(2.4f, 3.2f), draws.Between(5, 8))
            : new Vector3(draws.Between(8, 14), draws.Between(4, 7), draws.Between(9, 16)));
        var position = new Vector3(draws.Between(-0.36f, 0.36f) * room.X, draws.Between(1, 1.9f), draws.Between(0.2f, 0.8f));
        var fieldOfView = draws.Between(55, 80) * MathF.PI / 180;
        var camera = new Camera(position, draws.Normal(0.2f), draws.Between(0.05f, 0.4f), focal ?? 1 / MathF.Tan(fieldOfView / 2));
        return (room, camera);
    }

    /// <summary>Three to six solids, the first two of the label's kind and the second behind the first as the camera sees it.</summary>
    static List<Solid> Furnish(Draws draws, Vector3 room, Camera camera, SolidKind kind)
    {
        var solids = new List<Solid>();
        var wanted = 3 + draws.Below(4);
        for (var tries = 0; solids.Count < wanted && tries < 12 * wanted; tries++)
        {
            var own = solids.Count < 2 || draws.Uniform() < 0.6f ? kind : (SolidKind)draws.Below(3);
            var solid = Shape(draws, own);
            var ahead = draws.Between(1.6f, 7.5f);
            var aside = draws.Between(-0.8f, 0.8f) / camera.Focal;
            if (solids is [var front])
            {
                var seen = front.Centre - camera.Position;
                ahead = Along(seen, camera.Yaw) + front.Footprint + solid.Footprint + draws.Between(0, 0.8f);
                aside = Across(seen, camera.Yaw) / Along(seen, camera.Yaw) + draws.Between(-1, 1) * (front.Half.X + solid.Half.X) / ahead;
            }
            var (sin, cos) = MathF.SinCos(camera.Yaw);
            var centre = new Vector3(
                camera.Position.X + ahead * (sin + aside * cos), solid.Half.Y, camera.Position.Z + ahead * (cos - aside * sin));
            solid = solid with { Centre = centre };
            if (Inside(solid, room) && solids.TrueForAll(other => Apart(solid, other))) solids.Add(solid);
        }
        return solids;
    }

    static Solid Shape(Draws draws, SolidKind kind)
    {
        var half = kind switch
        {
            SolidKind.Box => new Vector3(draws.Between(0.2f, 0.65f), draws.Between(0.2f, 0.9f), draws.Between(0.2f, 0.65f)),
            SolidKind.Sphere => new Vector3(draws.Between(0.25f, 0.7f)),
            _ => draws.Between(0.15f, 0.5f) is var radius ? new Vector3(radius, draws.Between(0.2f, 0.9f), radius) : default,
        };
        return new Solid(kind, half, Vector3.Zero, draws.Between(0, MathF.PI), Texture.Draw(draws));
    }

    static float Along(Vector3 v, float yaw) => v.X * MathF.Sin(yaw) + v.Z * MathF.Cos(yaw);

    static float Across(Vector3 v, float yaw) => v.X * MathF.Cos(yaw) - v.Z * MathF.Sin(yaw);

    static bool Inside(Solid solid, Vector3 room) =>
        MathF.Abs(solid.Centre.X) + solid.Footprint < room.X && solid.Centre.Z + solid.Footprint < 2 * room.Z && solid.Half.Y < room.Y;

    static bool Apart(Solid one, Solid other) =>
        Vector3.DistanceSquared(one.Centre with { Y = 0 }, other.Centre with { Y = 0 }) > MathF.Pow(one.Footprint + other.Footprint, 2);

    /// <summary>Up to a quarter of a metre over the floor and some turning, staying inside the room.</summary>
    static Solid Move(Draws draws, Solid solid, Vector3 room)
    {
        var moved = solid with
        {
            Centre = solid.Centre + new Vector3(draws.Between(-0.25f, 0.25f), 0, draws.Between(-0.25f, 0.25f)),
            Yaw = solid.Yaw + draws.Normal(0.08f),
        };
        return Inside(moved, room) ? moved : solid;
    }

    static Camera Step(Draws draws, Camera camera) => camera with
    {
        Position = camera.Position + Vector3.Clamp(draws.Normal3(0.04f), new Vector3(-0.1f), new Vector3(0.1f)),
        Yaw = camera.Yaw + draws.Normal(0.02f),
        Pitch = camera.Pitch + draws.Normal(0.01f),
    };

    /// <summary>The largest object of which the camera sees 35 to 90 per cent; -1 when there is none.</summary>
    static int PartlyHidden(World world, Camera camera)
    {
        Span<int> whole = stackalloc int[world.Solids.Count];
        Span<int> visible = stackalloc int[world.Solids.Count];
        for (var pixel = 0; pixel < Probe * Probe; pixel++)
        {
            var ray = camera.Ray(new Vector2(pixel % Probe + 0.5f, pixel / Probe + 0.5f) * (2f / Probe) - Vector2.One);
            for (var i = 0; i < world.Solids.Count; i++)
                if (float.IsFinite(world.Solids[i].Intersect(camera.Position, ray))) whole[i]++;
            if (world.Trace(camera.Position, ray).Solid is >= 0 and var seen) visible[seen]++;
        }
        var best = -1;
        for (var i = 0; i < world.Solids.Count; i++)
        {
            var share = visible[i] / (float)Math.Max(whole[i], 1);
            if (whole[i] >= Probe && share is >= 0.35f and <= 0.9f && (best < 0 || whole[i] > whole[best])) best = i;
        }
        return best;
    }
}
