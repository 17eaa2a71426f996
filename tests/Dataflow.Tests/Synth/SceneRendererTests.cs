using System.Numerics;
using System.Security.Cryptography;
using Flow.Dataflow.Synth;
using Xunit;

namespace Flow.Dataflow.Tests.Synth;

public sealed class SceneRendererTests
{
    const int Size = 48;

    static readonly Scene[] Scenes = [.. Enumerable.Range(0, 60).AsParallel().AsOrdered().Select(i => SceneRenderer.Render(7, i, Size))];

    [Fact]
    public void SameSeed_SameBytes_OnAnyThread()
    {
        foreach (var scene in Scenes.Take(8))
        {
            var again = SceneRenderer.Render(7, scene.Index, Size);
            Assert.Equal(scene.Rgb, again.Rgb);
            Assert.Equal(scene.Rgb2, again.Rgb2);
            Assert.Equal(scene.Depth, again.Depth);
            Assert.Equal(scene.Flow, again.Flow);
            Assert.Equal(scene.Amodal.Whole, again.Amodal.Whole);
        }
    }

    [Fact]
    public void Scenes_AreAllDifferent_AndSoAreSeeds()
    {
        var hashes = Scenes.Select(scene => Convert.ToHexString(SHA256.HashData(scene.Rgb)))
            .Append(Convert.ToHexString(SHA256.HashData(SceneRenderer.Render(8, 0, Size).Rgb)));
        Assert.Equal(Scenes.Length + 1, hashes.Distinct().Count());
    }

    [Fact]
    public void Labels_NameEveryClass() =>
        Assert.Equal(Enumerable.Range(0, Scene.Classes), Scenes.Select(scene => scene.Label).Distinct().Order());

    [Fact]
    public void Depth_IsTheDistanceAlongTheOpticalAxis()
    {
        foreach (var scene in Scenes)
            for (var pixel = 0; pixel < Size * Size; pixel++)
            {
                var (x, y) = (pixel % Size + 0.5 - Size / 2.0, pixel / Size + 0.5 - Size / 2.0);
                var planar = scene.Distance[pixel] * scene.Focal / Math.Sqrt(x * x + y * y + scene.Focal * scene.Focal);
                Assert.InRange(scene.Depth[pixel], planar * (1 - 1e-5), planar * (1 + 1e-5));
                Assert.InRange(scene.Depth[pixel], 0.05, 20);
            }
    }

    [Fact]
    public void Depth_HasTheStatisticsOfTheRecipe()
    {
        var sorted = Scenes.SelectMany(scene => scene.Depth).Order().ToArray();
        Assert.InRange(sorted[sorted.Length / 2], 2.4, 4.4);
        Assert.True(sorted[^1] > 9, "no large room reached 9 m");
    }

    /// <summary>The surface point that a pixel shows, taken to its new place and seen by the second camera, is what the flow points at.</summary>
    [Fact]
    public void Flow_PointsAtTheSamePaint()
    {
        var (followed, hidden) = (0, 0);
        foreach (var scene in Scenes)
        {
            var stage = Stage.Draw(7, scene.Index);
            for (var pixel = 0; pixel < Size * Size; pixel += 7)
            {
                var image = new Vector2(pixel % Size + 0.5f, pixel / Size + 0.5f) * (2f / Size) - Vector2.One;
                var ray = stage.First.Ray(image);
                var hit = stage.Before.Trace(stage.First.Position, ray);
                var expected = SceneRenderer.Follow(stage, stage.First.Position + ray * hit.Distance, hit.Solid);

                var flow = new Vector2(scene.Flow[2 * pixel], scene.Flow[2 * pixel + 1]);
                var ray2 = stage.Second.Ray(image + flow * (2f / Size));
                var hit2 = stage.After.Trace(stage.Second.Position, ray2);
                var found = stage.Second.Position + ray2 * hit2.Distance;
                if (hit2.Solid == hit.Solid && Vector3.Distance(found, expected) < 2e-3f * hit2.Distance) followed++;
                else if (Vector3.Distance(stage.Second.Position, found) < Vector3.Distance(stage.Second.Position, expected) + 1e-3f) hidden++;
                else Assert.Fail($"scene {scene.Index} pixel {pixel}: the flow points behind what it should show");
            }
        }
        Assert.True(hidden < 0.15 * (followed + hidden), $"{hidden} of {followed + hidden} points are hidden in the second frame");
    }

    [Fact]
    public void Flow_IsNeitherStillNorWild()
    {
        var lengths = Scenes.SelectMany(scene => scene.Flow.Chunk(2)).Select(uv => Math.Sqrt(uv[0] * uv[0] + uv[1] * uv[1])).Order().ToArray();
        Assert.InRange(lengths[lengths.Length / 2] / Size, 0.005, 0.08);
        Assert.True(lengths[^1] < Size, $"a pixel moved {lengths[^1]} of {Size}");
    }

    [Fact]
    public void Amodal_ObjectIsPartlyHidden_AndWholeBehindItsOccluder()
    {
        foreach (var scene in Scenes)
        {
            var (visible, whole) = (0, 0);
            for (var pixel = 0; pixel < Size * Size; pixel++)
            {
                var (seen, there) = (scene.Amodal.VisibleMask[pixel] == 255, scene.Amodal.WholeMask[pixel] == 255);
                Assert.True(there || !seen, "visible outside of whole");
                (visible, whole) = (visible + (seen ? 1 : 0), whole + (there ? 1 : 0));
                var colour = scene.Amodal.Whole.AsSpan(3 * pixel, 3);
                if (seen) Assert.True(colour.SequenceEqual(scene.Rgb.AsSpan(3 * pixel, 3)), "whole differs from the frame where it is visible");
                if (!there) Assert.True(colour is [255, 255, 255], "the background of whole is not white");
            }
            Assert.InRange(visible / (double)whole, 0.25, 0.97);
        }
    }

    [Fact]
    public void GivenFocal_IsKept() => Assert.Equal(55.4f, SceneRenderer.Render(1, 0, 64, 55.4f).Focal, 1e-4f);
}
