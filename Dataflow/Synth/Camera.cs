using System.Numerics;

namespace Flow.Dataflow.Synth;

/// <summary>
/// A pinhole camera: x right, y up, z into the room; yaw turns to the right, pitch tilts down. Image coordinates run right
/// and down in units of half the width of a square image, (0, 0) at its centre.
/// </summary>
/// <param name="Focal">Focal length in units of half the image width: 1 / tan(horizontal field of view / 2).</param>
public readonly record struct Camera(Vector3 Position, float Yaw, float Pitch, float Focal)
{
    public Vector3 Forward { get; } = new(
        MathF.Sin(Yaw) * MathF.Cos(Pitch), -MathF.Sin(Pitch), MathF.Cos(Yaw) * MathF.Cos(Pitch));

    public Vector3 Right { get; } = new(MathF.Cos(Yaw), 0, -MathF.Sin(Yaw));

    public Vector3 Up => Vector3.Cross(Forward, Right);

    /// <summary>The unit direction through an image point.</summary>
    public Vector3 Ray(Vector2 image) => Vector3.Normalize(Right * image.X - Up * image.Y + Forward * Focal);

    /// <summary>Where a point in front of the camera is seen.</summary>
    public Vector2 Project(Vector3 point)
    {
        var seen = point - Position;
        var scale = Focal / Vector3.Dot(seen, Forward);
        return new Vector2(Vector3.Dot(seen, Right) * scale, -Vector3.Dot(seen, Up) * scale);
    }
}
