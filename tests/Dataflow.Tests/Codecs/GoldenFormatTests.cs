using System.Runtime.InteropServices;
using Flow.Dataflow.Codecs;
using Flow.TestData;
using Xunit;

namespace Flow.Dataflow.Tests.Codecs;

/// <summary>Files written by the original implementations (golden README, sections 9 and 10), read bit for bit.</summary>
public sealed class GoldenFormatTests
{
    static string At(string name) => Path.Combine(SharedFolder.Golden!, name);

    static byte[] Bytes(string name) => File.ReadAllBytes(At(name));

    [GoldenFact]
    public void Flo_ReadsAndRewritesTheReferencesFile()
    {
        var flow = Flo.Decode(Bytes("flow.flo"), "flow.flo");
        Assert.Equal((8, 12, 2), (flow.Height, flow.Width, flow.Channels));
        Assert.Equal(GoldenFile.Open("flow_flo.expected.safetensors").Floats("flow"), flow.Values);
        Assert.Equal(Bytes("flow.flo"), Flo.Encode(flow));
    }

    [GoldenFact]
    public void Flo_CutShort_IsRefused_NamingTheFile() =>
        Assert.Contains("flow_trunc.flo", Assert.Throws<BadFileException>(() => Flo.Decode(Bytes("flow_trunc.flo"), "flow_trunc.flo")).Message, StringComparison.Ordinal);

    [GoldenFact]
    public void Pfm_TurnsRowsTopDown()
    {
        var disparity = Pfm.Decode(Bytes("disp.pfm"), "disp.pfm");
        Assert.Equal((5, 7, 1), (disparity.Height, disparity.Width, disparity.Channels));
        Assert.Equal(GoldenFile.Open("disp_pfm.expected.safetensors").Floats("disp"), disparity.Values);
    }

    [GoldenFact]
    public void KittiFlow_ReadsAsTheReference()
    {
        var expected = GoldenFile.Open("kitti_flow.expected.safetensors");
        var (flow, valid) = KittiFlow.Decode(Bytes("kitti_flow.png"), "kitti_flow.png");
        Assert.Equal(expected.Floats("read"), flow.Values);
        Assert.Equal(expected.Floats("valid").Select(v => v != 0), valid);
    }

    [GoldenFact]
    public void Hdf5_HypersimFrame_HasTheBitsOfTheFile()
    {
        var array = Hdf5.Read(At("hypersim_frame.0000.depth_meters.hdf5"));
        Assert.Equal(Hdf5Type.Float16, array.Type);
        Assert.Equal([768, 1024], array.Shape);
        var expected = GoldenFile.Open("hypersim_depth.safetensors");
        var bits = MemoryMarshal.Cast<byte, ushort>(array.Bytes);
        long sum = 0;
        foreach (var word in bits) sum += word;
        Assert.Equal(expected.Longs("checksum_bits")[0], sum);
        var all = array.ToSingles();
        Assert.Equal(expected.Floats("distance"), Enumerable.Range(0, 48 * 64).Select(i => all[i / 64 * 16 * 1024 + i % 64 * 16]));
    }

    [GoldenFact]
    public void Hdf5_CameraFiles_AreExact()
    {
        var expected = GoldenFile.Open("hypersim_camera_f64.safetensors");
        var positions = Hdf5.Read(At("hypersim_camera_keyframe_positions.hdf5"));
        Assert.Equal([100, 3], positions.Shape);
        Assert.Equal(expected.Doubles("positions"), positions.ToDoubles());
        var orientations = Hdf5.Read(At("hypersim_camera_keyframe_orientations.hdf5"));
        Assert.Equal([100, 3, 3], orientations.Shape);
        Assert.Equal(expected.Doubles("orientations"), orientations.ToDoubles());
    }

    [GoldenFact]
    public void Hdf5_WithoutTheDataSet_SaysSo() =>
        Assert.Contains("no data set \"colour\"", Assert.Throws<BadFileException>(
            () => Hdf5.Read(At("hypersim_frame.0000.depth_meters.hdf5"), "colour")).Message, StringComparison.Ordinal);

    [GoldenFact]
    public async Task Hdf5_IsTheSameOnManyThreads()
    {
        var expected = Hdf5.Read(At("hypersim_frame.0000.depth_meters.hdf5")).Bytes;
        var read = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Hdf5.Read(At("hypersim_frame.0000.depth_meters.hdf5")).Bytes)));
        Assert.All(read, bytes => Assert.Equal(expected, bytes));
    }
}
