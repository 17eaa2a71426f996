using Flow.Dataflow.Codecs;
using Flow.Domain;
using Flow.Domain.Runs;

namespace Flow.Dataflow.Sources;

/// <summary>
/// Hypersim as published: SCENE/images/scene_CAM_final_hdf5/frame.IIII.color.hdf5 (linear colour) and
/// scene_CAM_geometry_hdf5/frame.IIII.{depth_meters,render_entity_id}.hdf5. The split table metadata_images_split_scene_v1.csv, in
/// the root, divides the frames; without it only the split "all" can be asked for.
/// </summary>
public static class Hypersim
{
    public const string SplitFile = "metadata_images_split_scene_v1.csv";
    public const string CameraFile = "metadata_camera_parameters.csv";

    const string Expected = "SCENE/images/scene_CAM_final_hdf5/frame.IIII.color.hdf5 and SCENE/images/scene_CAM_geometry_hdf5/frame.IIII.depth_meters.hdf5";
    const string ColourEnding = ".color.hdf5";

    /// <param name="ownCamera">
    /// Use each scene's own camera from metadata_camera_parameters.csv; otherwise the one focal length that Marigold and the paper use.
    /// </param>
    public static SampleSource Open(string folder, string split, bool ownCamera = false)
    {
        var root = Root.Open(folder, Expected);
        var cameras = ownCamera ? Cameras(root) : [];
        var (keys, missing) = split == "all" ? (Found(root), 0) : Listed(root, split);
        if (keys.Length == 0) throw new BadInputException($"{folder}: holds no colour frames of the {split} split; it should hold {Expected}");
        string[] warnings = missing > 0 ? [$"{folder}: {missing} of {missing + keys.Length} frames of the {split} split have no files"] : [];
        return new SampleSource(
            "hypersim", split, PerceptionTask.Depth, () => keys.Select((key, i) => new SampleRef(i, key, 0)), sample => Load(root, sample, cameras), keys.Length, warnings);
    }

    static string[] Found(Root root) =>
    [..
        from scene in root.Folders(".", "ai_*")
        where Directory.Exists(root[$"{scene}/images"])
        from camera in root.Folders($"{scene}/images", "scene_cam_*_final_hdf5")
        from frame in root.Files($"{scene}/images/{camera}", "frame.*" + ColourEnding)
        select $"{scene}/images/{camera}/{frame}"
    ];

    static (string[] Present, int Missing) Listed(Root root, string split)
    {
        if (!root.Has(SplitFile)) throw new BadInputException($"{root[SplitFile]}: missing; download it into the root, or ask for the split \"all\"");
        var table = new CsvTable(root[SplitFile]);
        var rows = table.Select("scene_name", "camera_name", "frame_id", "included_in_public_release", "split_partition_name");
        string[] keys = [..
            from row in rows
            where row[3] == "True" && row[4] == split
            select $"{row[0]}/images/scene_{row[1]}_final_hdf5/frame.{table.Number<int>(row[2], "frame_id"):D4}{ColourEnding}"];
        string[] present = [.. keys.Where(root.Has).Order(StringComparer.Ordinal)];
        return (present, keys.Length - present.Length);
    }

    static Dictionary<string, double[]> Cameras(Root root)
    {
        if (!root.Has(CameraFile)) throw new BadInputException($"{root[CameraFile]}: missing; download it into the root, or leave the scenes' own cameras out");
        string[] matrix = [.. from row in Enumerable.Range(0, 3) from column in Enumerable.Range(0, 3) select $"M_cam_from_uv_{row}{column}"];
        var table = new CsvTable(root[CameraFile]);
        return table.Select(["scene_name", .. matrix]).DistinctBy(row => row[0]).ToDictionary(
            row => row[0], row => matrix.Select((column, i) => table.Number<double>(row[1 + i], column)).ToArray());
    }

    static RawSample Load(Root root, SampleRef sample, Dictionary<string, double[]> cameras)
    {
        var stem = sample.Key[..^ColourEnding.Length].Replace("_final_hdf5/", "_geometry_hdf5/", StringComparison.Ordinal);
        var (depthKey, entityKey) = (stem + ".depth_meters.hdf5", stem + ".render_entity_id.hdf5");
        var colour = Hdf5.Decode(root.Read(sample.Key), root[sample.Key]);
        if (colour.Shape is not [var height, var width, 3]) throw Wrong(root[sample.Key], colour, "height x width x 3");
        var distance = ReadPlane(root, depthKey, height, width);
        // NaN distances are exactly the pixels without geometry (entity -1), so that frames without the entity file lose nothing.
        var valid = root.Has(entityKey)
            ? Array.ConvertAll(ReadPlane(root, entityKey, height, width), id => id != -1)
            : Array.ConvertAll(distance, float.IsFinite);
        var metres = cameras.TryGetValue(sample.Key[..sample.Key.IndexOf('/')], out var camera)
            ? PlanarDepth.FromCamera(distance, height, width, camera)
            : PlanarDepth.FromFocal(distance, height, width);
        var image = new RgbImage(height, width, ToneMap.Apply(colour.ToSingles(), valid));
        return new RawSample(sample, image, GroundTruth.Depth.Of(new FloatImage(height, width, 1, metres), root[depthKey]));
    }

    static float[] ReadPlane(Root root, string key, int height, int width)
    {
        var plane = Hdf5.Decode(root.Read(key), root[key]);
        return plane.Shape is [var rows, var columns] && rows == height && columns == width
            ? plane.ToSingles()
            : throw Wrong(root[key], plane, $"{height} x {width}");
    }

    static BadFileException Wrong(string file, Hdf5Array array, string wanted) =>
        new(file, $"has the shape {string.Join(" x ", array.Shape)}, not {wanted}", "fetch the frame again");
}
