using System.Net;
using Flow.Jobs.Steps;
using Flow.Jobs.Workers;
using Flow.Storage.Results;
using Flow.Storage.Steps;
using Xunit;

namespace Flow.Dashboard.Tests.Api;

/// <summary>Runs, their curves, and several side by side, over a store that a real tiny study filled.</summary>
public sealed class RunsApiTests(ServedTinyRun tiny) : IClassFixture<ServedTinyRun>
{
    readonly Served served = tiny.Served;

    static string Name(char digit) => new(digit, 64);

    [Fact]
    public async Task Runs_AreListedWithWhatTheyMeasured()
    {
        var runs = (await served.Get("/api/runs?study=tiny")).EnumerateArray().ToList();
        Assert.Equal(["D40", "D48"], runs.Select(run => run.GetProperty("run").GetString()));
        Assert.All(runs, run => Assert.Equal("done", run.GetProperty("state").GetString()));
        Assert.All(runs, run => Assert.True(run.GetProperty("metrics").GetProperty("depth absrel").GetDouble() > 0));
        Assert.Empty((await served.Get("/api/runs?study=other")).EnumerateArray());
    }

    [Fact]
    public async Task Run_HasStepsProvenanceCheckpointsAndSpec()
    {
        var run = await served.Get("/api/runs/one?study=tiny&run=D48");
        var steps = run.GetProperty("steps").EnumerateArray().ToList();
        Assert.All(steps, step => Assert.Equal("done", step.GetProperty("state").GetString()));
        var pretrain = steps.Single(step => step.GetProperty("kind").GetString() == "pretrain");
        var made = pretrain.GetProperty("made");
        Assert.Equal(Environment.MachineName, made.GetProperty("host").GetString());
        Assert.Equal("cpu", made.GetProperty("device").GetString());
        Assert.Matches("^[0-9a-f]{12}$", made.GetProperty("commit").GetString());
        Assert.Contains(made.GetProperty("engine").GetString()!.Split(' ')[0], (string[])["system", "torchsharp"], StringComparer.OrdinalIgnoreCase);
        var graph = pretrain.GetProperty("pipeline");
        Assert.False(graph.GetProperty("live").GetBoolean());
        Assert.Equal([30, 30, 30], graph.GetProperty("blocks").EnumerateArray().Skip(1).Select(block => block.GetProperty("done").GetInt32()));
        Assert.Contains(run.GetProperty("checkpoints").EnumerateArray(), saved => saved.GetProperty("optimizer_step").GetInt64() == 30 && saved.GetProperty("bytes").GetInt64() > 1000);
        Assert.Equal("pretrain", run.GetProperty("spec").GetProperty("stages")[0].GetProperty("kind").GetString());
        var log = await File.ReadAllTextAsync(StepLog.PathOf(served.Store, pretrain.GetProperty("step").GetString()!));
        Assert.Matches("(?s)began.*done", log);
    }

    [Fact]
    public async Task Provenance_IsInTheResultRowsToo()
    {
        var table = await served.Post("/api/query", new { sql = "select distinct commit, engine, device, host from results where stage = 'evaluate'" });
        var row = Assert.Single(table.GetProperty("rows").EnumerateArray().ToList());
        Assert.All(row.EnumerateArray().ToList(), cell => Assert.NotEqual("", cell.GetString() ?? ""));
    }

    [Fact]
    public async Task UnknownRunAndStep_AreRefusedByName()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await served.Client.GetAsync("/api/runs/one?study=tiny&run=D99")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await served.Client.GetAsync("/api/curves/..%2f..")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await served.Client.GetAsync($"/api/curves/{Name('a')}?buckets=0")).StatusCode);
    }

    [Fact]
    public async Task Curves_OfARealTraining_HaveEveryMetric()
    {
        var run = await served.Get("/api/runs/one?study=tiny&run=D40");
        var step = run.GetProperty("steps").EnumerateArray().First().GetProperty("step").GetString();
        var curves = await served.Get($"/api/curves/{step}");
        Assert.Equal(30, curves.GetProperty("last").GetInt64());
        var metrics = curves.GetProperty("curves").EnumerateArray().ToDictionary(curve => curve.GetProperty("metric").GetString()!);
        foreach (var metric in (string[])["loss", "lr", "grad_norm", "images_per_second", "mfu"])
            Assert.Equal(Enumerable.Range(1, 30), metrics[metric].GetProperty("x").EnumerateArray().Select(x => x.GetInt32()));
    }

    [Fact]
    public async Task LongCurve_KeepsItsSpikes_AndTheTailBeforeTheNextCheckpoint()
    {
        var (step, time) = (Name('b'), DateTimeOffset.UtcNow);
        double Value(long at) => at == 7_777 ? 99 : at == 12_345 ? -99 : Math.Sin(at * 0.01);
        new ResultStore(served.Store).Append(Enumerable.Range(1, 20_000).Select(at => new CurveRow("long", "long", step, 1, at, "loss", Value(at), at, time)));
        using var tail = new CurveTail(new StepStore(served.Store).Begin(step, 1).Directory);
        tail.Add(20_001, [("loss", 50)]);
        await Task.Delay(1100);
        tail.Add(20_002, [("loss", 51)]);

        var curves = await served.Get($"/api/curves/{step}?buckets=50");
        var loss = curves.GetProperty("curves")[0];
        var values = loss.GetProperty("y").EnumerateArray().Select(y => y.GetDouble()).ToList();
        Assert.InRange(values.Count, 50, 200);
        Assert.Equal((-99.0, 99.0), (values.Min(), values.Max()));
        Assert.Equal(51, values[^1]);
        Assert.Equal((20_002, 20_002), (curves.GetProperty("last").GetInt64(), loss.GetProperty("count").GetInt64()));

        var zoomed = (await served.Get($"/api/curves/{step}?from=7770&to=7780&buckets=50")).GetProperty("curves")[0];
        Assert.Equal(Enumerable.Range(7770, 11), zoomed.GetProperty("x").EnumerateArray().Select(x => x.GetInt32()));
    }

    [Fact]
    public async Task Comparison_HasTheCurves_AndOnlyWhatDiffers()
    {
        var comparison = await served.Post("/api/compare", new { studies = new[] { "tiny" }, metric = "loss", stage = "pretrain" });
        Assert.Equal(2, comparison.GetProperty("runs").GetArrayLength());
        var curves = comparison.GetProperty("curves").EnumerateArray().ToList();
        Assert.Equal([0, 1], curves.Select(curve => curve.GetProperty("run").GetInt32()));
        Assert.All(curves, curve => Assert.Equal(30, curve.GetProperty("x").GetArrayLength()));
        var differing = comparison.GetProperty("differing").EnumerateArray().Select(field => field.GetProperty("path").GetString()!).ToList();
        Assert.Contains("model.hidden", differing);
        Assert.DoesNotContain(differing, path => path.StartsWith("stages", StringComparison.Ordinal));
        var one = await served.Post("/api/compare", new { studies = new[] { "tiny" }, runs = new[] { new { study = "tiny", run = "D48" } } });
        Assert.Equal("D48", Assert.Single(one.GetProperty("runs").EnumerateArray().ToList()).GetProperty("run").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await served.Send(HttpMethod.Post, "/api/compare", new { studies = new[] { "tiny" }, stage = "other" })).StatusCode);
    }
}
