using Flow.Dataflow.Codecs;
using Flow.Dataflow.Sources;
using Flow.Domain.Data;

namespace Flow.Dataflow.Synth;

/// <summary>Where the files of scene number n go, and the tables that a layout has beside them.</summary>
/// <param name="WriteScene">Root, number from 0, scene.</param>
/// <param name="WriteTables">Root and what was rendered.</param>
sealed record SceneLayout(Action<string, int, Scene> WriteScene, Action<string, DatasetSpec.Synthetic> WriteTables)
{
    /// <summary>Of ten scenes (or ten groups of frames) in a row, the last validates, where the layout has a split table.</summary>
    const int SplitEvery = 10;

    /// <summary>Frames of one Hypersim "scene"; each of ours is a room of its own.</summary>
    const int FramesPerScene = 10;

    /// <summary>Brightness of white in the linear colour files: more than 1, so that a reader must map tones.</summary>
    const double White = 4;

    public static SceneLayout Of(DatasetLayout layout) => layout switch
    {
        DatasetLayout.Imagenet => new(ImageNetFolders, ImageNetClasses),
        DatasetLayout.Hypersim => new(HypersimRaw, HypersimTables),
        DatasetLayout.HypersimMarigold => new(MarigoldPngs, MarigoldLists),
        DatasetLayout.FlyingChairs => new(Chairs, ChairsSplit),
        DatasetLayout.Pix2gestalt => new(Occlusions, (_, _) => { }),
        _ => throw new NotSupportedException($"scenes are not written in the layout {layout}"),
    };

    /// <summary>WordNet-like names whose ordinal order is the label; the real ones end at n15075141.</summary>
    static string Synset(int label) => $"n{90000000 + label:D8}";

    static void ImageNetFolders(string root, int number, Scene scene) =>
        Put(root, $"{Synset(scene.Label)}/{Synset(scene.Label)}_{number}.JPEG", Jpeg.Encode(Frame(scene, scene.Rgb)));

    /// <summary>Every class has its folder, with scenes or without, so that a class's place is its label.</summary>
    static void ImageNetClasses(string root, DatasetSpec.Synthetic spec)
    {
        for (var label = 0; label < Scene.Classes; label++) Directory.CreateDirectory(Path.Combine(root, Synset(label)));
    }

    static void HypersimRaw(string root, int number, Scene scene)
    {
        var frame = $"frame.{number % FramesPerScene:D4}";
        var images = Path.Combine(root, SceneName(number), "images");
        var (final, geometry) = (Path.Combine(images, "scene_cam_00_final_hdf5"), Path.Combine(images, "scene_cam_00_geometry_hdf5"));
        Directory.CreateDirectory(final);
        Directory.CreateDirectory(geometry);
        var linear = Array.ConvertAll(scene.Rgb, value => (float)(White * Math.Pow(value / 255.0, 2.2)));
        Hdf5Writer.WriteHalves(Path.Combine(final, $"{frame}.color.hdf5"), linear, scene.Size, scene.Size, 3);
        Hdf5Writer.WriteHalves(Path.Combine(geometry, $"{frame}.depth_meters.hdf5"), scene.Distance, scene.Size, scene.Size);
    }

    static void HypersimTables(string root, DatasetSpec.Synthetic spec)
    {
        File.WriteAllLines(Path.Combine(root, Hypersim.SplitFile),
        [
            "scene_name,camera_name,frame_id,included_in_public_release,exclude_reason,split_partition_name",
            .. Enumerable.Range(0, spec.Scenes).Select(i => $"{SceneName(i)},cam_00,{i % FramesPerScene},True,,{Part(i)}"),
        ]);
        var tangent = FormattableString.Invariant($"{PlanarDepth.PublishedWidth / 2 / PlanarDepth.Focal:R}");
        File.WriteAllLines(Path.Combine(root, Hypersim.CameraFile),
        [
            "scene_name," + string.Join(',', from row in Enumerable.Range(0, 3) from column in Enumerable.Range(0, 3) select $"M_cam_from_uv_{row}{column}"),
            .. Enumerable.Range(0, spec.Scenes).Select(SceneName).Distinct().Select(scene => $"{scene},{tangent},0,0,0,{tangent},0,0,0,-1"),
        ]);
    }

    static void MarigoldPngs(string root, int number, Scene scene)
    {
        var (rgb, depth) = MarigoldPaths(number);
        Put(root, $"{Part(number)}/{rgb}", Png.Encode(Frame(scene, scene.Rgb)));
        var millimetres = Array.ConvertAll(scene.Depth, metres => (ushort)(metres * 1000));
        Put(root, $"{Part(number)}/{depth}", Png.EncodeGray16(scene.Size, scene.Size, millimetres));
    }

    static void MarigoldLists(string root, DatasetSpec.Synthetic spec)
    {
        foreach (var part in Enumerable.Range(0, spec.Scenes).GroupBy(Part))
            File.WriteAllLines(Path.Combine(root, $"filename_list_{part.Key}.txt"), part.Select(i => MarigoldPaths(i) is var (rgb, depth) ? $"{rgb} {depth}" : ""));
    }

    static (string Rgb, string Depth) MarigoldPaths(int number) =>
        ($"{SceneName(number)}/rgb_cam_00_fr{number % FramesPerScene:D4}.png", $"{SceneName(number)}/depth_plane_cam_00_fr{number % FramesPerScene:D4}.png");

    static void Chairs(string root, int number, Scene scene)
    {
        var stem = $"data/{number + 1:D5}_";
        Put(root, stem + "img1.ppm", Ppm.Encode(Frame(scene, scene.Rgb)));
        Put(root, stem + "img2.ppm", Ppm.Encode(Frame(scene, scene.Rgb2)));
        Put(root, stem + "flow.flo", Flo.Encode(new FloatImage(scene.Size, scene.Size, 2, scene.Flow)));
    }

    static void ChairsSplit(string root, DatasetSpec.Synthetic spec) => File.WriteAllLines(
        Path.Combine(root, FlyingChairs.SplitFile), Enumerable.Range(0, spec.Scenes).Select(i => i % SplitEvery == SplitEvery - 1 ? "2" : "1"));

    static void Occlusions(string root, int number, Scene scene)
    {
        Put(root, $"occlusion/{number:D8}_occlusion.png", Png.Encode(Frame(scene, scene.Rgb)));
        Put(root, $"visible_object_mask/{number:D8}_visible_mask.png", Png.EncodeGray(scene.Size, scene.Size, scene.Amodal.VisibleMask));
        Put(root, $"whole/{number:D8}_whole.png", Png.Encode(Frame(scene, scene.Amodal.Whole)));
        Put(root, $"whole_mask/{number:D8}_whole_mask.png", Png.EncodeGray(scene.Size, scene.Size, scene.Amodal.WholeMask));
    }

    static string SceneName(int number) => number / FramesPerScene is var scene ? $"ai_{scene / 10 + 1:D3}_{scene % 10 + 1:D3}" : "";

    static string Part(int number) => number / FramesPerScene % SplitEvery == SplitEvery - 1 ? "val" : "train";

    static RgbImage Frame(Scene scene, byte[] pixels) => new(scene.Size, scene.Size, pixels);

    static void Put(string root, string path, byte[] bytes)
    {
        var full = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
    }
}
