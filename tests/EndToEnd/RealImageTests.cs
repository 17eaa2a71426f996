using Flow.TestData;
using Xunit;

namespace Flow.EndToEnd;

/// <summary>The same program on real photographs, flow pairs and depth frames.</summary>
public sealed class RealImageTests
{
    const string Study = "studies/real-smoke.json";

    /// <summary>What must not depend on being killed; speeds and times may.</summary>
    const string Numbers = """
        select run, stage, metric, sampler_steps, ensemble, value, low, high from results
        where metric not in ('images_per_second', 'mfu') order by all
        """;

    [DataFact]
    public void RealSmoke_Learns_AndKilledThreeTimesEndsWithTheSameNumbers()
    {
        using var undisturbed = new FlowProgram();
        undisturbed.Json("run", Study);
        var rows = undisturbed.Json("query", Numbers).EnumerateArray().ToList();

        var first = rows.First(row => row.GetProperty("metric").GetString() == "train_loss_first_20_steps" && row.GetProperty("stage").GetString() == "pretrain");
        var last = rows.First(row => row.GetProperty("metric").GetString() == "train_loss" && row.GetProperty("stage").GetString() == "pretrain");
        Assert.True(last.GetProperty("high").GetDouble() < first.GetProperty("low").GetDouble(), "the loss's intervals at the beginning and the end overlap");
        Assert.Contains(rows, row => row.GetProperty("metric").GetString() == "epe");
        Assert.Contains(rows, row => row.GetProperty("metric").GetString() == "absrel");

        using var killed = new FlowProgram();
        var kills = 0;
        foreach (var seconds in new[] { 5, 9, 14 })
            if (killed.StartAndKill(TimeSpan.FromSeconds(seconds), "run", Study)) kills++;
        killed.Json("run", Study);
        Assert.True(kills > 0, "the study ended before it could be killed");
        Assert.Equal(rows.Select(row => row.ToString()), killed.Json("query", Numbers).EnumerateArray().Select(row => row.ToString()));
    }
}
