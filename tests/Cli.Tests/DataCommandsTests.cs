using Xunit;

namespace Flow.Cli.Tests;

[Collection(InTinyLab.Name)]
public sealed class DataCommandsTests(TinyLab lab)
{
    [Fact]
    public async Task Ls_ListsBothDataSetsOfTheStudy()
    {
        var answer = await lab.Flow("data", "ls", "--json");
        Assert.Equal(Verb.Done, answer.Code);
        Assert.Equal([8, 24], answer.Json.EnumerateArray().Select(row => row.GetProperty("samples").GetInt32()).Order());
    }

    [Fact]
    public async Task Show_NamesColumnsOfADataSetGivenByItsFirstDigits()
    {
        var name = (await Names())[0];
        var shown = (await lab.Flow("data", "show", name[..12], "--json")).Json;
        Assert.Equal(["latents", "latents_flip", "prompt", "prompt_flip", "target", "target_flip", "truth"], shown.GetProperty("blobs").EnumerateArray().Select(blob => blob.GetProperty("name").GetString()).Order());
        Assert.Equal(shown.GetProperty("samples").GetInt32(), shown.GetProperty("shards").EnumerateArray().Sum(shard => shard.GetProperty("rows").GetInt32()));
    }

    [Fact]
    public async Task Stats_AreThoseOfLatentsNearUnitVariance()
    {
        var name = (await Names())[0];
        var columns = (await lab.Flow("data", "stats", name, "--json")).Json;
        var latents = columns.EnumerateArray().First(column => column.GetProperty("blob").GetString() == "latents");
        var channels = latents.GetProperty("channels").EnumerateArray().ToList();
        Assert.Equal(8, channels.Count);
        Assert.All(channels, channel => Assert.InRange(channel.GetProperty("std").GetDouble(), 0.01, 5));
        Assert.All(channels, channel => Assert.InRange(channel.GetProperty("mean").GetDouble(), channel.GetProperty("low").GetDouble(), channel.GetProperty("high").GetDouble()));
    }

    [Fact]
    public async Task Verify_NamesTheShardWithAFlippedBit()
    {
        Assert.Equal(Verb.Done, (await lab.Flow("data", "verify")).Code);
        var copy = Directory.CreateDirectory(lab.At("damaged")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(lab.Store, "steps", (await Names())[0]))) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        var shard = Directory.EnumerateFiles(copy, "*.parquet").First();
        var bytes = await File.ReadAllBytesAsync(shard);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(shard, bytes);
        var answer = await lab.Flow("data", "verify", copy);
        Assert.Equal(Verb.Failed, answer.Code);
        Assert.Contains(Path.GetFileName(shard), answer.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("show", "no-such-data")]
    [InlineData("verify", "no-such-data")]
    [InlineData("stats", "no-such-data")]
    public async Task AnUnknownDataSetIsBadInput(string verb, string data)
    {
        var answer = await lab.Flow("data", verb, data);
        Assert.Equal(Verb.BadInput, answer.Code);
        Assert.Contains(data, answer.Error, StringComparison.Ordinal);
        Assert.Empty(answer.Out);
    }

    async Task<IReadOnlyList<string>> Names() =>
        [.. (await lab.Flow("data", "ls", "--json")).Json.EnumerateArray().Select(row => row.GetProperty("name").GetString()!)];
}
