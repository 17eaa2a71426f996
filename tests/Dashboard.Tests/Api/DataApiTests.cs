using System.Net;
using System.Text.Json;
using Flow.Jobs;
using Xunit;

namespace Flow.Dashboard.Tests.Api;

/// <summary>Data sets over HTTP, in a store that a real tiny study filled: pictures, damage, and files that nobody may have.</summary>
public sealed class DataApiTests(ServedTinyRun tiny) : IClassFixture<ServedTinyRun>
{
    readonly Served served = tiny.Served;

    async Task<JsonElement> Depth() => (await served.Get("/api/data")).EnumerateArray().First(data => data.GetProperty("task").GetString() == "depth");

    [Fact]
    public async Task Samples_AreDecodedToPictures()
    {
        var name = (await Depth()).GetProperty("name").GetString();
        var samples = (await served.Get($"/api/data/{name}/samples?from=5&count=3")).EnumerateArray().ToList();
        Assert.Equal([5, 6, 7], samples.Select(sample => sample.GetProperty("position").GetInt32()));
        foreach (var blob in (string[])["latents", "target", "truth"])
            Assert.All(samples, sample => Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], sample.GetProperty("pictures").GetProperty(blob).GetBytesFromBase64()[..4]));
    }

    [Fact]
    public async Task Verify_FindsAFlippedBit()
    {
        var name = (await Depth()).GetProperty("name").GetString()!;
        Assert.True((await served.Post($"/api/data/{name}/verify")).GetProperty("sound").GetBoolean());
        var shard = Directory.EnumerateFiles(Path.Combine(served.Store, "steps", name), "*.parquet").First();
        var bytes = await File.ReadAllBytesAsync(shard);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(shard, bytes);
        var verdict = await served.Post($"/api/data/{name}/verify");
        Assert.False(verdict.GetProperty("sound").GetBoolean());
        Assert.Contains(Path.GetFileName(shard), verdict.GetProperty("damage")[0].GetString(), StringComparison.Ordinal);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(shard, bytes);
    }

    [Theory]
    [InlineData("/api/data/..%2f..%2fetc")]
    [InlineData("/api/data/x/samples")]
    public async Task NameOfNoDataSet_IsRefused(string path) => Assert.Equal(HttpStatusCode.BadRequest, (await served.Client.GetAsync(path)).StatusCode);

    [Fact]
    public async Task Overview_ShowsWhatWasMeasuredLast()
    {
        var results = (await served.Get("/api/overview/results")).EnumerateArray().ToList();
        Assert.Contains(results, row => row.GetProperty("metric").GetString() == "absrel" && row.GetProperty("low").GetDouble() <= row.GetProperty("value").GetDouble());
    }

    [Fact]
    public void FileOfAStep_IsFoundInItsDirectoryOnly()
    {
        var lab = new Lab(served.Store, 1);
        var step = TinyRun.Study.Identity.Hex;
        Assert.NotNull(StepFiles.Find(lab, step, "report.html"));
        Assert.Null(StepFiles.Find(lab, step, "../" + step + "/../../results"));
        Assert.Null(StepFiles.Find(lab, step, "/etc/passwd"));
        Assert.Null(StepFiles.Find(lab, "../steps/" + step, "report.html"));
        File.CreateSymbolicLink(Path.Combine(lab.Steps.Open(step), "link"), "/etc/passwd");
        Assert.Null(StepFiles.Find(lab, step, "link"));
        Directory.CreateSymbolicLink(Path.Combine(lab.Steps.Open(step), "folder"), "/etc");
        Assert.Null(StepFiles.Find(lab, step, "folder/passwd"));
    }

    [Fact]
    public async Task Report_CanRunNothing()
    {
        var report = await served.Client.GetAsync($"/report/{TinyRun.Study.Identity.Hex}");
        Assert.Equal(HttpStatusCode.OK, report.StatusCode);
        var policy = report.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("sandbox", policy, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await served.Client.GetAsync("/report/..%2f..%2fetc%2fpasswd")).StatusCode);
    }
}
