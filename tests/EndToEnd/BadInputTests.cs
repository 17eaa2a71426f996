using Xunit;

namespace Flow.EndToEnd;

/// <summary>A person's mistakes end with code 2, name the place and lose nothing.</summary>
public sealed class BadInputTests
{
    [Theory]
    [InlineData("run", "no-such-study")]
    [InlineData("model", "DiT-Q/3")]
    [InlineData("model", "a1", "--resolution", "100")]
    [InlineData("query", "select 1")]
    [InlineData("no-such-verb")]
    [InlineData("study", "show", "fig2", "--scale", "huge")]
    public void Mistake_EndsWithCode2(params string[] arguments)
    {
        using var flow = new FlowProgram();
        Directory.Delete(flow.Store);
        var (exit, output, error) = flow.Run(arguments);
        Directory.CreateDirectory(flow.Store);
        Assert.Equal(2, exit);
        Assert.Empty(output);
        Assert.StartsWith("flow: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Study_TellsEveryMistakeAtOnce()
    {
        using var flow = new FlowProgram();
        var path = Path.Combine(flow.Store, "mine.json");
        File.WriteAllText(path, File.ReadAllText(Path.Combine(FlowProgram.Root, "studies", "demo.json"))
            .Replace("\"steps\": 500", "\"steps\": -5", StringComparison.Ordinal)
            .Replace("\"dataset\": \"photos-val\"", "\"dataset\": \"photoz\"", StringComparison.Ordinal));
        var (exit, _, error) = flow.Run("run", path);
        Assert.Equal(2, exit);
        Assert.Contains("-5", error, StringComparison.Ordinal);
        Assert.Contains("photoz", error, StringComparison.Ordinal);
    }

    [Fact]
    public void BrokenImage_IsSkippedWithItsPath_OrFailsUnderStrict()
    {
        using var flow = new FlowProgram();
        var scenes = Path.Combine(flow.Store, "scenes");
        flow.Json("synth", scenes, "--scenes", "40", "--layout", "Imagenet");
        var broken = Directory.EnumerateFiles(scenes, "*.JPEG", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Skip(7).First();
        File.WriteAllBytes(broken, File.ReadAllBytes(broken)[..100]);
        var folder = Path.Combine(scenes, "imagenet");

        var answer = flow.Json("ingest", "Imagenet", folder, Path.Combine(flow.Store, "shards"));
        Assert.Equal(39, answer.GetProperty("samples").GetInt32());
        Assert.Equal(1, answer.GetProperty("skipped").GetInt32());

        var (exit, _, error) = flow.Run("ingest", "Imagenet", folder, Path.Combine(flow.Store, "strict"), "--strict");
        Assert.Equal(2, exit);
        Assert.Contains(Path.GetFileName(broken), error, StringComparison.Ordinal);
    }
}
