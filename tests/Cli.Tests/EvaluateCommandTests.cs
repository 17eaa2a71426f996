using Xunit;

namespace Flow.Cli.Tests;

[Collection(InTinyLab.Name)]
public sealed class EvaluateCommandTests(TinyLab lab)
{
    [Fact]
    public async Task AGridHasARowForEachCellAndNothingIsMeasuredTwice()
    {
        var first = await Grid("1,2", "1,3");
        Assert.True(first.Code == Verb.Done, first.Error);
        var cells = first.Json.EnumerateArray().ToList();
        Assert.Equal([(1, 1), (1, 3), (2, 1), (2, 3)], cells.Select(cell => (cell.GetProperty("steps").GetInt32(), cell.GetProperty("ensemble").GetInt32())));
        Assert.All(cells, cell => Assert.Equal(8, cell.GetProperty("samples").GetInt32()));
        var macs = cells.Select(cell => cell.GetProperty("macs_per_sample").GetDouble()).ToList();
        Assert.Equal([1.0, 3, 2, 6], macs.Select(value => value / macs[0]));
        Assert.All(cells, cell =>
        {
            var absRel = cell.GetProperty("metrics").GetProperty("absrel");
            Assert.InRange(absRel.GetProperty("mean").GetDouble(), absRel.GetProperty("low").GetDouble(), absRel.GetProperty("high").GetDouble());
        });

        // Times are part of the answer, so equal text means that nothing was measured again.
        var again = await Grid("1,2", "1,3");
        Assert.Equal(first.Out, again.Out);
        var larger = (await Grid("1,2,4", "1,3")).Json.EnumerateArray().ToList();
        Assert.Equal(cells.Select(cell => cell.ToString()), larger.Take(4).Select(cell => cell.ToString()));
        Assert.Equal(6, larger.Count);
    }

    [Fact]
    public async Task TheIssuesOwnCommand_EvaluatesTheStudysDataOnEverySchedule()
    {
        var answer = await lab.Flow("evaluate", TinyLab.Run, "--steps", "1,2", "--ensemble", "1,2", "--schedule", "linear,scaled-linear,cosine", "--json");
        Assert.True(answer.Code == Verb.Done, answer.Error);
        var cells = answer.Json.EnumerateArray().ToList();
        Assert.Equal(12, cells.Count);
        Assert.Equal(["linear", "scaled-linear", "cosine"], cells.Select(cell => cell.GetProperty("schedule").GetString()).Distinct());
        double AbsRel(string schedule, int steps) => cells.Single(cell => (cell.GetProperty("schedule").GetString(), cell.GetProperty("steps").GetInt32(), cell.GetProperty("ensemble").GetInt32()) == (schedule, steps, 1))
            .GetProperty("metrics").GetProperty("absrel").GetProperty("mean").GetDouble();
        // One step starts from pure noise, whatever the schedule; the second visits another level.
        Assert.Equal(AbsRel("linear", 1), AbsRel("cosine", 1));
        Assert.NotEqual(AbsRel("linear", 2), AbsRel("cosine", 2));
        Assert.All(cells, cell => Assert.True(File.Exists(Path.Combine(cell.GetProperty("gallery").GetString()!, "index.json"))));
    }

    [Fact]
    public async Task EveryReductionIsMadeFromTheSameMembers()
    {
        var answer = await lab.Flow(
            "evaluate", TinyLab.Run, "--steps", "2", "--ensemble", "1,4", "--reduction", "mean,median,lower-median,aligned-median,published-aligned-median", "--json");
        Assert.True(answer.Code == Verb.Done, answer.Error);
        var values = answer.Json.EnumerateArray().ToLookup(cell => cell.GetProperty("ensemble").GetInt32(), cell => cell.GetProperty("metrics").GetProperty("absrel").GetProperty("mean").GetDouble());
        Assert.Single(values[1].Distinct());
        Assert.Equal(5, values[4].Distinct().Count());
    }

    [Fact]
    public async Task ItMeasuresWhatTheStudyMeasured()
    {
        var query = "select sampler_steps, ensemble, value from results where metric = 'absrel' and stage = 'evaluate' and sampler_steps = 2 and ensemble = 2 and sampler = 'ddim trailing mean eta 0 guidance 1'";
        await Grid("2", "2");
        var rows = (await lab.Flow("query", query, "--json")).Json.EnumerateArray().ToList();
        Assert.Equal(2, rows.Count); // the study's own, and ours
        // The study's steps shared the cores and ours had them all: products of matrices add up in another order by the number of threads.
        Assert.Equal(rows[0].GetProperty("value").GetDouble(), rows[1].GetProperty("value").GetDouble(), 1e-6);
    }

    [Theory]
    [InlineData("tiny:no-such-run", "1", "1", "no finished training")]
    [InlineData(TinyLab.Run, "1,x", "1", "--steps")]
    [InlineData(TinyLab.Run, "0", "1", "--steps")]
    [InlineData(TinyLab.Run, "1", "0", "--ensemble")]
    [InlineData(TinyLab.Run, "1001", "1", "--steps: 1001 is not between 1 and 1000")]
    [InlineData(TinyLab.Run, "1", "1 --schedule quadratic", "--schedule: 'quadratic' is none of linear, scaled-linear, cosine")]
    [InlineData(TinyLab.Run, "1", "1 --reduction mode", "--reduction: 'mode' is none of mean")]
    [InlineData(TinyLab.Run, "1", "1 --eta 2", "--eta: 2 is not between 0 and 1")]
    [InlineData(TinyLab.Run, "1", "1 --samples 0", "--samples")]
    [InlineData(TinyLab.Run, "1", "1 --task amodal", "--task")]
    public async Task BadInputEndsWithTwoAndNamesThePlace(string run, string steps, string ensembles, string place)
    {
        var answer = await lab.Flow(["evaluate", run, "--data", lab.HeldOut, "--steps", steps, "--ensemble", .. ensembles.Split(' ')]);
        Assert.Equal(Verb.BadInput, answer.Code);
        Assert.Contains(place, answer.Error, StringComparison.Ordinal);
    }

    Task<Answer> Grid(string steps, string ensembles) => lab.Flow("evaluate", TinyLab.Run, "--data", lab.HeldOut, "--steps", steps, "--ensemble", ensembles, "--json");
}
