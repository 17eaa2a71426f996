using System.Globalization;
using Flow.Dataflow.Codecs;
using Flow.Domain;
using Flow.Domain.Runs;

namespace Flow.Dataflow.Sources;

/// <summary>
/// FlyingChairs as released: data/#####_img1.ppm, #####_img2.ppm, #####_flow.flo, and FlyingChairs_train_val.txt whose n-th line
/// says whether pair n trains (1) or validates (2). Pairs that the split file names and the folder lacks are counted, not fatal.
/// </summary>
public static class FlyingChairs
{
    public const string SplitFile = "FlyingChairs_train_val.txt";

    const string Expected = "data/#####_{img1.ppm,img2.ppm,flow.flo} and " + SplitFile;

    public static SampleSource Open(string folder, string split)
    {
        var root = Root.Open(folder, Expected);
        if (!Directory.Exists(root["data"])) throw new BadInputException($"{folder}: has no folder data; it should hold {Expected}");
        var present = root.Files("data", "*_flow.flo").Select(file => Number(folder, file)).Order().ToArray();
        var wanted = present;
        var warnings = new List<string>();
        if (split != "all")
        {
            var parts = Parts(root);
            if (present.Where(number => number > parts.Length).ToArray() is { Length: > 0 } unlisted)
                warnings.Add($"{folder}: {unlisted.Length} pairs, from {unlisted[0]:D5} on, are beyond the {parts.Length} lines of {SplitFile} and left out");
            var part = split == "train" ? '1' : '2';
            var named = Enumerable.Range(1, parts.Length).Where(number => parts[number - 1] == part).ToArray();
            wanted = [.. named.Intersect(present)];
            if (wanted.Length < named.Length)
                warnings.Add($"{folder}: {named.Length - wanted.Length} of {named.Length} pairs of the {split} split have no files, the first {named.Except(present).First():D5}");
        }
        if (wanted.Length == 0) throw new BadInputException($"{folder}: holds no pairs of the {split} split; it should hold {Expected}");
        return new SampleSource(
            "flyingchairs", split, PerceptionTask.Flow, () => wanted.Select((number, i) => new SampleRef(i, $"data/{number:D5}_img1.ppm", 0)),
            sample => Load(root, sample), wanted.Length, warnings);
    }

    static RawSample Load(Root root, SampleRef sample)
    {
        var stem = sample.Key[..^"img1.ppm".Length];
        RgbImage Frame(string name) => ImageFile.Decode(root.Read(stem + name), root[stem + name]);
        var (first, second) = (Frame("img1.ppm"), Frame("img2.ppm"));
        var flow = Flo.Decode(root.Read(stem + "flow.flo"), root[stem + "flow.flo"]);
        if ((first.Height, first.Width) != (second.Height, second.Width) || (first.Height, first.Width) != (flow.Height, flow.Width))
            throw new BadFileException(
                root[sample.Key], $"frames of {first.Width} x {first.Height} and {second.Width} x {second.Height} with flow of {flow.Width} x {flow.Height}",
                "fetch the pair again");
        return new RawSample(sample, first, new GroundTruth.Motion(second, flow));
    }

    static char[] Parts(Root root)
    {
        if (!root.Has(SplitFile)) throw new BadInputException($"{root[SplitFile]}: missing; download it beside data, or ask for the split \"all\"");
        var lines = File.ReadAllLines(root[SplitFile]).Select(line => line.Trim()).Where(line => line.Length > 0).ToArray();
        var wrong = Array.FindIndex(lines, line => line is not ("1" or "2"));
        return wrong < 0
            ? Array.ConvertAll(lines, line => line[0])
            : throw new BadInputException($"{root[SplitFile]}: line {wrong + 1} is \"{lines[wrong]}\", not 1 (train) or 2 (validation)");
    }

    static int Number(string folder, string file) => int.TryParse(file.AsSpan(0, file.IndexOf('_')), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new BadInputException($"{folder}/data/{file}: its name does not begin with a number (#####_flow.flo)");
}
