using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Jobs;
using Flow.Storage.Results;
using Xunit;
using Xunit.Abstractions;

namespace Flow.Dashboard.Tests.Browser;

/// <summary>
/// Issue 9, line 4: a thousand runs, and a curve of 400,000 steps. The times are printed; their bounds here are wide, because the machine that
/// runs the tests does other things too. docs/dashboard-results.md tells what is measured.
/// </summary>
public sealed class ManyRunsTests(Chromium chromium, ServedOnce once, ITestOutputHelper output) : IClassFixture<Chromium>, IClassFixture<ServedOnce>
{
    const int Runs = 1000, PointsEach = 300, LongCurve = 400_000;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    static readonly Plan Study = Plan.Of(StudyText.Read($$"""
        { "name": "many", "codec": { "like": "tiny", "fitOn": ["photos"], "fitSamples": 24 },
          "datasets": { "photos": { "like": "scene-photos", "scenes": 24 } },
          "run": { "model": "tiny-d48-l2", "stages": [{ "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-pretrain", "steps": {{PointsEach}}, "batch": 8 } }] },
          "axes": [{ "kind": "values", "path": "stages[0].train.seed", "of": [{{string.Join(", ", Enumerable.Range(0, Runs))}}] }] }
        """).Match(Succ: study => study, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));

    /// <summary>When the first text was there: a blank page in its colour doesn't count.</summary>
    const string Painted = """
        () => new Promise(done => new PerformanceObserver(list => {
          const [painted] = list.getEntriesByName('first-contentful-paint');
          if (painted) done(painted.startTime);
        }).observe({ type: 'paint', buffered: true }))
        """;

    [Fact]
    public async Task AThousandRuns_AndALongCurve_AreShown()
    {
        var served = once.Served;
        var longest = Fill(served.Store);
        await Timed("first answer", () => served.Client.GetStringAsync("/api/runs"));
        Assert.Equal(Runs, JsonDocument.Parse(await Timed("list of 1,000 runs", () => served.Client.GetStringAsync("/api/runs"))).RootElement.GetArrayLength());

        var curves = JsonDocument.Parse(await Timed("curve of 400,000 steps", () => served.Client.GetStringAsync($"/api/curves/{longest}"))).RootElement;
        var loss = curves.GetProperty("curves")[0];
        Assert.Equal(LongCurve, loss.GetProperty("count").GetInt64());
        Assert.Equal(77, loss.GetProperty("y").EnumerateArray().Max(y => y.GetDouble()));
        Assert.InRange(loss.GetProperty("y").GetArrayLength(), 400, 1600);

        var asked = new { studies = new[] { "many" }, runs = Enumerable.Range(0, 500).Select(i => new { study = "many", run = $"seed={i}" }), metric = "loss" };
        var compared = await Timed("comparison of 500 runs", async () => (await served.Post("/api/compare", asked)).GetRawText());
        Assert.Equal(500, JsonDocument.Parse(compared).RootElement.GetProperty("curves").GetArrayLength());

        await using var watched = await chromium.Open(served.Address);
        foreach (var path in (string[])["/", "/runs?study=many", "/runs/many/seed%3D0", "/laws"])
        {
            await watched.Page.GotoAsync(path);
            var paint = await watched.Page.EvaluateAsync<double>(Painted);
            await watched.Settled();
            var settled = await watched.Page.EvaluateAsync<double>("() => performance.now()");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: first paint after {paint:0} ms, settled after {settled:0} ms"));
            Assert.True(paint < Patience.TotalMilliseconds);
        }
        watched.HasNoFault();
    }

    /// <returns>The step with the long curve: the first run's.</returns>
    static string Fill(string store)
    {
        RecordedStudies.Save(store, Study, store);
        var (results, time) = (new ResultStore(store), DateTimeOffset.UnixEpoch);
        foreach (var some in Study.Runs.ToList().Chunk(100))
            results.Append(some.SelectMany(run => Enumerable.Range(1, PointsEach).Select(at =>
                new CurveRow("many", run.Run.Label, run.Steps.Last.Hex, 1, at, "loss", 1 / Math.Sqrt(at), at * 8, time))));
        results.Append(Study.Runs.ToList().Select((run, i) => new ResultRow
        {
            Study = "many",
            Run = run.Run.Label,
            Step = run.Steps.Last.Hex,
            Stage = "pretrain",
            Metric = "train_loss",
            Value = 0.1 + 0.0001 * i,
            TrainMacs = 1e9 + 1e6 * i,
            Params = 1000 + i,
            ParamsActive = 1000 + i,
            Time = time,
        }));
        var longest = Study.Runs[0].Steps.Last.Hex;
        foreach (var part in Enumerable.Range(1, LongCurve).Chunk(50_000))
            results.Append(part.Select(at => new CurveRow("many", "seed=0", longest, 2, at, "loss", at == 123_456 ? 77 : 1 / Math.Sqrt(at), at * 8L, time)));
        return longest;
    }

    async Task<string> Timed(string what, Func<Task<string>> ask)
    {
        var clock = Stopwatch.StartNew();
        var answer = await ask();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {clock.Elapsed.TotalMilliseconds:0} ms, {answer.Length / 1000:0} kB"));
        Assert.True(clock.Elapsed < Patience, $"{what} took {clock.Elapsed.TotalSeconds:0.0} s");
        return answer;
    }
}
