using System.Net;
using System.Text.Json;
using Flow.Storage.Results;
using Xunit;

namespace Flow.Dashboard.Tests.Api;

/// <summary>Laws over HTTP, through rows whose law is known.</summary>
public sealed class LawsApiTests(ServedOnce once) : IClassFixture<ServedOnce>, IAsyncLifetime
{
    readonly Served served = once.Served;

    /// <summary>L = 2 C^-0.1 for one family and 3 C^-0.12 for the other, a decade and a half of compute.</summary>
    public Task InitializeAsync()
    {
        var store = new ResultStore(served.Store);
        foreach (var (study, prefactor, exponent) in new[] { ("dense", 2.0, -0.1), ("moe", 3.0, -0.12) })
            store.Append(Enumerable.Range(0, 10).Select(i =>
            {
                var macs = 1e9 * Math.Pow(10, i * 0.2);
                return new ResultRow
                {
                    Study = study,
                    Run = $"r{i}",
                    Step = $"{study}{i}",
                    Stage = "held-out-loss",
                    Metric = "loss",
                    Value = prefactor * Math.Pow(macs, exponent) * (1 + 0.001 * (i % 3 - 1)),
                    TrainMacs = macs,
                    ParamsActive = 1000 * (i + 1),
                    Images = 1000,
                    Tokens = 16000,
                    Model = $"m{i}",
                    Time = DateTimeOffset.UnixEpoch,
                };
            }));
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();

    [Fact]
    public async Task Choices_NameStudiesMetricsAxesAndForms()
    {
        var choices = await served.Get("/api/laws/choices");
        Assert.Equal(["dense", "moe"], choices.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("study").GetString()));
        Assert.Equal(10, choices.GetProperty("rows")[0].GetProperty("points").GetInt32());
        Assert.Contains("isoflop", choices.GetProperty("forms").EnumerateArray().Select(form => form.GetString()));
    }

    [Fact]
    public async Task Fit_FindsTheExponent_AndGivesBandAndExtrapolation()
    {
        var law = await served.Get("/api/laws/fit?study=dense&axis=train_macs&floor=None");
        Assert.Equal(-0.1, Number(law.GetProperty("json"), "exponent"), 0.005);
        var layers = law.GetProperty("figures")[0].GetProperty("panels")[0].GetProperty("layers").EnumerateArray().ToList();
        Assert.Contains(layers, layer => layer.GetProperty("kind").GetString() == "band" && layer.GetProperty("low").GetArrayLength() > 10);
        var beyond = layers.Single(layer => layer.GetProperty("dashed").GetBoolean());
        Assert.True(beyond.GetProperty("x").EnumerateArray().Max(x => x.GetDouble()) > 2 * 1e9 * Math.Pow(10, 1.8));
        Assert.StartsWith("<svg", await served.Client.GetStringAsync("/api/laws/figure.svg?study=dense&floor=None"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Families_AreComparedAtABudget()
    {
        var compared = await served.Get("/api/laws/compare?study=dense&second=moe&floor=None&budget=1e20");
        Assert.Equal(0.02, Number(compared.GetProperty("json").GetProperty("exponent_difference"), "value"), 0.005);
        Assert.Contains("moe is better", compared.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/laws/fit?study=nothing")]
    [InlineData("/api/laws/fit?study=dense&form=spline")]
    [InlineData("/api/laws/fit?study=dense&axis=colour")]
    [InlineData("/api/laws/fit?study=dense&floor=deep")]
    [InlineData("/api/laws/compare?study=dense&second=moe&budget=-1")]
    public async Task WrongQuestion_IsAnsweredWithItsReason(string path)
    {
        var answer = await served.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.True((await Served.Message(answer)).Length > 10);
    }

    [Fact]
    public async Task Planner_PlansByAPublishedLaw_AndNamesEveryWrongField()
    {
        var law = (await served.Get("/api/laws/choices")).GetProperty("published_laws")[0].GetString();
        var plan = await served.Post("/api/laws/plan", new { law, gpu = "H100", hours = 100, count = 8 });
        Assert.True(Number(plan.GetProperty("json"), "flops") > 1e20);
        var refused = await served.Send(HttpMethod.Post, "/api/laws/plan", new { law, gpu = "abacus", hours = -1, mfu = 3 });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var mistakes = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("mistakes").EnumerateArray().Select(mistake => mistake.GetProperty("path").GetString());
        Assert.Equal(["gpu", "hours", "mfu"], mistakes);
    }
}
