using Xunit;

namespace Flow.EndToEnd;

/// <summary>The main job, whole: what a new user sees from `./flow demo`.</summary>
public sealed class DemoTests
{
    [Fact]
    public void Demo_LearnsDepth_FitsALaw_AndRunsNothingTheSecondTime()
    {
        using var flow = new FlowProgram();
        var demo = flow.Json("demo");

        var runs = demo.GetProperty("runs").EnumerateArray().ToList();
        var absrel = runs.Select(run => run.GetProperty("absrel").GetDouble()).ToList();
        var mean = demo.GetProperty("baselines").GetProperty("mean_map").GetProperty("absrel").GetDouble();
        var constant = demo.GetProperty("baselines").GetProperty("constant").GetProperty("absrel").GetDouble();
        Assert.True(runs.Count >= 5);
        Assert.True(demo.GetProperty("scenes").GetInt32() >= 256);
        Assert.True(constant > 2 * mean, $"the constant {constant} is not twice as bad as the mean map {mean}");
        Assert.True(absrel[^1] <= 0.6 * mean, $"the largest model's {absrel[^1]} is not 40 % below the mean map's {mean}");
        // Neighbouring sizes may change places with the machine's rounding; the ends may not.
        Assert.True(absrel[0] == absrel.Max() && absrel[^1] == absrel.Min(), $"larger is not better: {string.Join(", ", absrel)}");
        Assert.True(runs[^1].GetProperty("delta1").GetDouble() > runs[0].GetProperty("delta1").GetDouble());

        var law = demo.GetProperty("law");
        Assert.True(law.GetProperty("exponent").GetDouble() < 0);
        Assert.InRange(law.GetProperty("exponent").GetDouble(), law.GetProperty("low").GetDouble(), law.GetProperty("high").GetDouble());

        var report = File.ReadAllText(demo.GetProperty("report").GetString()!);
        Assert.Contains("<svg", report, StringComparison.Ordinal);
        Assert.Contains("data:image/png;base64,", report, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"http", report, StringComparison.Ordinal);

        Assert.Equal(0, flow.Json("run", "demo").GetProperty("ran").GetInt32());
        var fitted = flow.Json("fit", "--study", "demo", "--metric", "absrel", "--task", "depth", "--sampler-steps", "1", "--floor", "None");
        Assert.Equal(runs.Count, fitted.GetProperty("points").GetInt32());
        Assert.Equal(law.GetProperty("exponent").GetDouble(), fitted.GetProperty("exponent").GetDouble(), 1e-9);
    }
}
