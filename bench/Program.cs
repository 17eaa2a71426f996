using System.Text.Json;
using Flow.Bench;
using Flow.Bench.Data;
using Flow.Domain;

// One line a benchmark: its name, what it compares, and the function that measures it.
var benches = new Dictionary<string, (string What, Func<IEnumerable<Ratio>> Measure)>
{
    ["train"] = ("training steps/s and DDIM images/s against eager PyTorch, tiny and a1-sized", Flow.Bench.Train.TrainBench.Measure),
    ["sample"] = ("DDIM images/s at batch 1 and 8 against eager PyTorch, tiny and a1-sized", Flow.Bench.Sample.SampleBench.Measure),
    ["gpu"] = ("training steps/s on a CUDA device in bfloat16 against eager and compiled PyTorch, a4 and XL/2 (start it as bench/gpu)", Flow.Bench.Gpu.GpuBench.Measure),
    ["data"] = ("decoding, ingest, shards and their stream against libturbojpeg, a memory copy, DuckDB and a1's trainer", DataBench.Measure),
};

var json = args.Contains("--json");
var name = args.FirstOrDefault(a => !a.StartsWith('-'));
if (name is null || !benches.TryGetValue(name, out var bench))
{
    Console.Error.WriteLine(name is null ? "bench/run NAME [--json]; names:" : $"no benchmark '{name}'; names:");
    foreach (var (known, (what, _)) in benches) Console.Error.WriteLine($"  {known,-8} {what}");
    return 2;
}

List<Ratio> ratios = [];
try
{
    // One by one: some take a minute.
    foreach (var r in bench.Measure())
    {
        ratios.Add(r);
        if (!json) Console.WriteLine($"{r.Name,-54} {r.Value,6:0.00}x  ({r.Low:0.00} to {r.High:0.00})  ours {r.Ours:0.###}, theirs {r.Theirs:0.###} {r.Unit}");
    }
}
catch (BadInputException missing)
{
    Console.Error.WriteLine($"bench: {missing.Message}");
    return 2;
}
if (json)
    Console.WriteLine(JsonSerializer.Serialize(ratios.Select(r =>
        new { name = r.Name, ratio = r.Value, low = r.Low, high = r.High, ours = r.Ours, theirs = r.Theirs, unit = r.Unit })));
return 0;
