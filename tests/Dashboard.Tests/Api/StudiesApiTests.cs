using System.Net;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Flow.Dashboard.Tests.Api;

/// <summary>Studies before they run: forms, mistakes at their fields, cost; and jobs once they are submitted. No worker runs here.</summary>
public sealed class StudiesApiTests : IAsyncLifetime
{
    static readonly string Quick = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Browser", "quick.json"));

    Served served = null!;

    public async Task InitializeAsync() => served = await Served.Start();

    public async Task DisposeAsync() => await served.DisposeAsync();

    [Fact]
    public async Task NamedStudies_SayWhatTheyClaim()
    {
        var studies = (await served.Get("/api/studies")).EnumerateArray().ToList();
        Assert.Contains(studies, study => study.GetProperty("name").GetString() == "demo" && study.GetProperty("claim").GetString()!.Length > 20);
    }

    [Fact]
    public async Task EveryNamedStudy_HasAFormAndNoMistakes()
    {
        foreach (var study in (await served.Get("/api/studies")).EnumerateArray())
        {
            var answer = await served.Post("/api/studies/check", new { study = study.GetProperty("name").GetString() });
            Assert.Equal(0, answer.GetProperty("mistakes").GetArrayLength());
            Assert.True(Leaves(answer.GetProperty("form")).Count() > 30);
        }
    }

    [Fact]
    public async Task Check_PricesBeforeAnythingRuns()
    {
        var answer = await served.Post("/api/studies/check", new { spec = Quick, device = "A100", mfu = 0.5, price = 2.0 });
        Assert.Equal(3, answer.GetProperty("runs").GetInt32());
        Assert.Equal(0, answer.GetProperty("done").GetInt32());
        var total = answer.GetProperty("total");
        Assert.Equal(total.GetProperty("gpu_hours").GetDouble() * 2, total.GetProperty("dollars").GetDouble(), 12);
        Assert.Equal(total.GetProperty("macs").GetDouble() * 2, total.GetProperty("flops").GetDouble());
    }

    [Fact]
    public async Task EveryMistake_StandsAtAFieldOfTheForm()
    {
        var sound = await served.Post("/api/studies/check", new { spec = Quick });
        var paths = Leaves(sound.GetProperty("form")).ToHashSet();
        Assert.Contains("run.stages[0].train.batch", paths);
        var wrong = Quick.Replace("\"batch\": 8", "\"batch\": -8", StringComparison.Ordinal).Replace("\"fitSamples\": 24", "\"fitSamples\": 0", StringComparison.Ordinal);
        var mistakes = (await served.Post("/api/studies/check", new { spec = wrong })).GetProperty("mistakes").EnumerateArray().Select(mistake => mistake.GetProperty("path").GetString()!).ToList();
        Assert.Equal(["codec.fitSamples", "run.stages[0].train.batch"], mistakes.Order());
        Assert.Subset(paths, mistakes.ToHashSet());
    }

    [Fact]
    public async Task TextThatIsNoJson_IsAMistakeWithItsPlace()
    {
        var mistake = (await served.Post("/api/studies/check", new { spec = "{ \"name\": " })).GetProperty("mistakes")[0];
        Assert.Contains("line 1", mistake.GetProperty("path").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Whoever writes requests by hand is told what is wrong with them, too.</summary>
    [Theory]
    [InlineData("{ \"spec\": ", "the request's body")]
    [InlineData("{ \"spec\": 7 }", "$.spec")]
    public async Task BodyThatCantBeRead_IsRefusedWithItsPlace(string body, string place)
    {
        using var request = Served.Change(HttpMethod.Post, "/api/studies/check");
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        var answer = await served.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(place, await Served.Message(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../demo")]
    [InlineData("/etc/passwd")]
    public async Task Name_OpensNoFile(string name)
    {
        var answer = await served.Send(HttpMethod.Post, "/api/studies/submit", new { study = name });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(name, await Served.Message(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SubmittedStudy_IsAJobWithAGraphAndCanBeCancelled()
    {
        var id = (await served.Post("/api/studies/submit", new { spec = Quick, priority = "high" })).GetProperty("id").GetString()!;
        var plan = await served.Get($"/api/plans/{id}");
        var job = await served.Get($"/api/jobs/{id[..12]}");
        Assert.Equal(plan.GetProperty("nodes").GetArrayLength(), job.GetProperty("steps").GetArrayLength());
        Assert.Equal("high", job.GetProperty("study").GetProperty("priority").GetString());
        Assert.All(plan.GetProperty("nodes").EnumerateArray(), node => Assert.All(node.GetProperty("reads").EnumerateArray(), read =>
            Assert.True(Column(plan, read.GetString()!) < node.GetProperty("column").GetInt32())));
        Assert.True((await served.Post($"/api/jobs/{id}/cancel")).GetProperty("steps").GetInt32() > 8);
        Assert.Equal("cancelled", (await served.Get("/api/jobs"))[0].GetProperty("state").GetString());
        Assert.True((await served.Post($"/api/jobs/{id}/retry")).GetProperty("steps").GetInt32() > 8);
    }

    [Fact]
    public async Task Difference_NamesTheFieldsThatDiffer()
    {
        var id = (await served.Post("/api/studies/submit", new { spec = Quick })).GetProperty("id").GetString()!;
        var changes = await served.Get($"/api/plans/difference?before={id}:steps%3D8&after={id}:steps%3D128");
        var change = Assert.Single(changes.EnumerateArray().ToList());
        Assert.Equal(("stages[0].train.steps", "8", "128"), (change.GetProperty("path").GetString(), change.GetProperty("before").GetString(), change.GetProperty("after").GetString()));
    }

    [Fact]
    public async Task Live_TellsWhatChanges()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var reader = new StreamReader(await served.Client.GetStreamAsync("/api/live", stop.Token));
        Assert.Equal("event: heartbeat", await reader.ReadLineAsync(stop.Token));
        var id = (await served.Post("/api/studies/submit", new { spec = Quick })).GetProperty("id").GetString()!;
        while (await reader.ReadLineAsync(stop.Token) is { } line)
            if (line.StartsWith("data: ", StringComparison.Ordinal) && line.Contains($"\"id\":\"{id}\"", StringComparison.Ordinal)) return;
        Assert.Fail("the stream ended");
    }

    static int Column(JsonElement plan, string step) =>
        plan.GetProperty("nodes").EnumerateArray().Single(node => node.GetProperty("step").GetString() == step).GetProperty("column").GetInt32();

    static IEnumerable<string> Leaves(JsonElement field) => field.GetProperty("kind").GetString() == "group"
        ? field.GetProperty("fields").EnumerateArray().SelectMany(Leaves)
        : [field.GetProperty("path").GetString()!];
}
