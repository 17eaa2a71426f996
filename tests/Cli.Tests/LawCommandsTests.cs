using System.Text.Json;
using Flow.TestData;
using Xunit;

namespace Flow.Cli.Tests;

[Collection(InTinyLab.Name)]
public sealed class LawCommandsTests : IDisposable
{
    readonly StudyOfASurface lab = new();

    public LawCommandsTests()
    {
        lab.Add("first", 1);
        lab.Add("second", 1.2);
        lab.AddEvaluations("trained");
    }

    [Fact]
    public async Task Isoflop_OfAStudyFindsTheExponentOfItsSurface()
    {
        var law = (await lab.Flow("fit", "--study", "first", "--form", "isoflop", "--json")).Json;
        foreach (var key in new[] { "exponent", "low", "high", "prefactor", "irreducible", "holdout_error", "points", "warnings" }) Assert.True(law.TryGetProperty(key, out _), key);
        Assert.Equal(0.5, Number(law, "exponent"), 0.01);
        Assert.Equal(54, law.GetProperty("points").GetInt32());
    }

    [Fact]
    public async Task Plan_ByAStudyTakesItsLaw_AndByLossComesBackToItsBudget()
    {
        string[] common = ["plan", "--law", "first", "--gpu", "L4", "--count", "2", "--price", "3", "--models", "DiT-S/8,DiT-B/8", "--json"];
        var plan = (await lab.Flow([.. common, "--hours", "1"])).Json;
        var flops = 2 * 3600 * 121e12 * 0.4;
        Assert.Equal(flops, Number(plan, "flops"), flops * 1e-9);
        Assert.Equal(6, Number(plan, "dollars"), 1e-6);
        Assert.Equal(2, Number(plan, "gpu_hours"), 1e-9);
        var priced = (await lab.Flow("plan", "--law", "liang-2024", "--loss", "0.643", "--json")).Json;
        Assert.Equal(0.643, priced.GetProperty("plan").GetProperty("loss").GetProperty("value").GetDouble(), 1e-3);
    }

    /// <summary>The study's images have 16 tokens, and so have the sizes that are chosen from; interpolation comes close to the optimum.</summary>
    [Fact]
    public async Task Plan_ByAStudyChoosesAmongSizesOfItsTokens()
    {
        var plan = (await lab.Flow("plan", "--law", "first", "--gpu", "L4", "--hours", "0.01", "--interpolate", "--json")).Json;
        Assert.Equal(16 * Number(plan, "images"), Number(plan, "tokens"), Number(plan, "tokens") * 1e-9);
        Assert.InRange(Number(plan, "params") / plan.GetProperty("optimal_params").GetProperty("value").GetDouble(), 0.3, 3);
    }

    /// <summary>8 x H100 x 72 h x 40 % of 989.4 TFLOPS, and 2.3943 C^-.0273 at it.</summary>
    [Fact]
    public async Task Plan_ByLiangsLawGivesItsPrintedNumbers()
    {
        var plan = (await lab.Flow("plan", "--gpu", "H100", "--count", "8", "--hours", "72", "--mfu", "0.4", "--law", "liang-2024", "--json")).Json;
        Assert.Equal(8.206e20, Number(plan, "flops"), 1e18);
        Assert.Equal("DiT-XL/2", plan.GetProperty("model").GetString());
        Assert.Equal(2.3943 * Math.Pow(8.206e20, -0.0273), plan.GetProperty("loss").GetProperty("value").GetDouble(), 1e-4);
    }

    [Fact]
    public async Task Plan_NamesEveryMistakeAtOnce()
    {
        var answer = await lab.Flow("plan", "--gpu", "H9", "--count", "0", "--mfu", "3", "--law", "liang-2024");
        Assert.Equal(Verb.BadInput, answer.Code);
        Assert.All(["--gpu", "--count", "--mfu", "--hours"], option => Assert.Contains(option + ":", answer.Error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("2e6", "small", 1)]
    [InlineData("2e7", "large", 1)]
    [InlineData("1e9", "large", 10)]
    public async Task Frontier_TakesTheBestThatTheBudgetPays(string macs, string model, int steps)
    {
        var choice = (await lab.Flow("frontier", "--study", "trained", "--macs", macs, "--json")).Json;
        Assert.Equal((model, steps), (choice.GetProperty("best").GetProperty("model").GetString(), choice.GetProperty("best").GetProperty("steps").GetInt32()));
    }

    [Fact]
    public async Task Frontier_SaysWhatItCanNotTellApart()
    {
        var choice = (await lab.Flow("frontier", "--study", "trained", "--macs", "1e9", "--json")).Json;
        Assert.False(choice.GetProperty("decided").GetBoolean());
        Assert.Equal("large", choice.GetProperty("rivals")[0].GetProperty("model").GetString());
    }

    [Fact]
    public async Task Compare_SaysWhichOfTwoStudiesIsBetter()
    {
        var comparison = (await lab.Flow("compare", "first", "second", "--budget", "1e13", "--json")).Json;
        Assert.InRange(comparison.GetProperty("loss_ratio").GetProperty("value").GetDouble(), 1 / 1.2, 0.95);
        Assert.Contains("first", comparison.GetProperty("sentence").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_OfProfilesComparesSizesAndData_AndDrawsBoth()
    {
        var plot = Path.Combine(lab.Store, "both.svg");
        var comparison = (await lab.Flow("compare", "first", "second", "--form", "isoflop", "--budget", "1e13", "--plot", plot, "--json")).Json;
        Assert.Equal(0, comparison.GetProperty("params_exponent_difference").GetProperty("value").GetDouble(), 0.01);
        Assert.Equal(0, comparison.GetProperty("tokens_exponent_difference").GetProperty("value").GetDouble(), 0.01);
        var names = System.Xml.Linq.XDocument.Load(plot).Descendants().Where(element => element.Name.LocalName == "text").Select(text => text.Value);
        Assert.Superset(new HashSet<string> { "first", "second" }, names.ToHashSet());
    }

    /// <summary>3 C^-.05 and 2.5 C^-.03 meet at (3 / 2.5)^50 = 9,100: in one table by a column, and in two files.</summary>
    [Fact]
    public async Task Compare_OfPointsFindsTheirCrossing()
    {
        static IEnumerable<string> Rows(double prefactor, double exponent, string more) =>
            Enumerable.Range(0, 8).Select(i => FormattableString.Invariant($"{Math.Pow(10, i)},{prefactor * Math.Pow(10, i * exponent)}{more}"));
        string File(string name, IEnumerable<string> lines)
        {
            var path = Path.Combine(lab.Store, name);
            System.IO.File.WriteAllLines(path, lines);
            return path;
        }
        var both = File("both.csv", [.. Rows(3, -0.05, ",adaln").Prepend("flops,loss,kind"), .. Rows(2.5, -0.03, ",cross")]);
        var (adaln, cross) = (File("adaln.csv", Rows(3, -0.05, "").Prepend("flops,loss")), File("cross.csv", Rows(2.5, -0.03, "").Prepend("flops,loss")));
        foreach (var words in new string[][] { ["adaln", "cross", "--points", both, "--by", "kind"], [adaln, cross] })
        {
            var comparison = (await lab.Flow(["compare", .. words, "--budget", "1e6", "--json"])).Json;
            Assert.Equal(Math.Pow(1.2, 50), comparison.GetProperty("crossing").GetProperty("value").GetDouble(), 1e-3);
            Assert.Contains("adaln is better", comparison.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        }
        var text = (await lab.Flow("compare", "adaln", "cross", "--points", both, "--by", "kind", "--budget", "1e12")).Out;
        Assert.Contains("rests on extrapolation", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_TakesANamedDataSetForItsEpochs()
    {
        var plan = (await lab.Flow("plan", "--law", "liang-2024", "--hours", "10", "--images", "imagenet-256", "--json")).Json;
        Assert.Equal(Number(plan, "images") / 1_281_167, Number(plan, "epochs"), 1e-9);
    }

    /// <summary>Figure 2 at paper scale: hours do not depend on how many FLOPs a MAC is shown as, and a backward pass of three forward passes makes training 4/3 as dear.</summary>
    [Fact]
    public async Task StudyShow_CountsByTheRulesThatItIsGiven()
    {
        async Task<JsonElement> Total(params string[] rules) => (await lab.Flow(["study", "show", "fig2", "--scale", "paper", "--json", .. rules])).Json.GetProperty("total");
        var (usual, printed, dearer) = (await Total(), await Total("--flops-per-mac", "1"), await Total("--backward", "3", "--price", "2"));
        Assert.Equal(2, Number(usual, "flops") / Number(usual, "macs"), 1e-12);
        Assert.Equal(Number(printed, "macs"), Number(printed, "flops"));
        Assert.Equal(Number(usual, "gpu_hours"), Number(printed, "gpu_hours"), 1e-9);
        Assert.Equal(4.0 / 3, Number(dearer, "macs") / Number(usual, "macs"), 1e-9);
        Assert.Equal(2 * Number(dearer, "gpu_hours"), Number(dearer, "dollars"), 1e-3);
        Assert.Equal(JsonValueKind.Null, usual.GetProperty("dollars").ValueKind);
    }

    [Theory]
    [InlineData("fit")]
    [InlineData("fit --study first --points x.csv")]
    [InlineData("fit --study first --form cubic")]
    [InlineData("fit --study nowhere")]
    [InlineData("fit --study first --x colour")]
    [InlineData("fit --study first --plot law.gif")]
    [InlineData("fit --points no-such.csv")]
    [InlineData("frontier --study trained --macs 1")]
    [InlineData("frontier --study trained --macs 1e9 --metric delta1")]
    [InlineData("compare first nowhere --budget 1e12")]
    [InlineData("plan --law nowhere --hours 1")]
    [InlineData("plan --law liang-2024 --hours 1 --images imagnet-256")]
    [InlineData("compare first second --budget 1e12 --form parametric")]
    [InlineData("compare first second --budget 1e12 --by kind")]
    [InlineData("compare no-such.csv second --budget 1e12")]
    [InlineData("study show fig2 --backward -1")]
    [InlineData("study show fig2 --flops-per-mac 0")]
    public async Task WhatCanNotBeAnsweredIsBadInput(string words)
    {
        var answer = await lab.Flow(words.Split(' '));
        Assert.Equal(Verb.BadInput, answer.Code);
        Assert.Empty(answer.Out);
        Assert.StartsWith("flow: ", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Points_WithMistakesNameEachOfThem()
    {
        var file = Path.Combine(lab.Store, "bad.csv");
        await File.WriteAllTextAsync(file, "flops,loss\n1,2\nx,3\n4,-1\n");
        var answer = await lab.Flow("fit", "--points", file);
        Assert.Equal(Verb.BadInput, answer.Code);
        Assert.Contains("points row 2, flops: x", answer.Error, StringComparison.Ordinal);
        Assert.Contains("points row 3, loss: -1", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoPoints_AreRefusedWithTheReason()
    {
        var file = Path.Combine(lab.Store, "two.csv");
        await File.WriteAllTextAsync(file, "flops,loss\n1,2\n10,1\n");
        var answer = await lab.Flow("fit", "--points", file);
        Assert.Equal(Verb.BadInput, answer.Code);
        Assert.Contains("carry no law", answer.Error, StringComparison.Ordinal);
    }

    /// <summary>The same picture as the SVG, drawn at twice its size on white.</summary>
    [Fact]
    public async Task APlot_IsWrittenAsPngToo()
    {
        var plot = Path.Combine(lab.Store, "law.png");
        Assert.Equal(Verb.Done, (await lab.Flow("fit", "--study", "first", "--plot", plot)).Code);
        var bytes = await File.ReadAllBytesAsync(plot);
        Assert.Equal("PNG"u8.ToArray(), bytes[1..4]);
        static int Big(byte[] from, int at) => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(from.AsSpan(at));
        Assert.Equal((2 * 760, 2 * 500), (Big(bytes, 16), Big(bytes, 20)));
    }

    [Fact]
    public async Task Plan_OfAnUnknownLaw_NamesThoseThereAre()
    {
        var answer = await lab.Flow("plan", "--law", "nowhere", "--hours", "1");
        Assert.All(["liang-2024", "hoffmann-2022", "first"], name => Assert.Contains(name, answer.Error, StringComparison.Ordinal));
    }

    /// <summary>Counting a backward pass as three forward passes, the same FLOPs buy three quarters of the images; counting recomputation too, three fifths.</summary>
    [Fact]
    public async Task Plan_CountsByTheRulesThatItIsGiven()
    {
        async Task<double> Images(params string[] rules) =>
            Number((await lab.Flow(["plan", "--law", "liang-2024", "--hours", "10", "--models", "DiT-XL/2", "--json", .. rules])).Json, "images");
        var usual = await Images();
        Assert.Equal(0.75, await Images("--backward", "3") / usual, 1e-9);
        Assert.Equal(0.6, await Images("--backward", "3", "--count-recompute") / usual, 1e-9);
    }

    /// <summary>Llama 3's published D* = .29936 C^.53678, so N* ~ C^(1 - .53678), and its figures in one file.</summary>
    [DataFact]
    public async Task Llama3sPoints_GiveItsPublishedExponent()
    {
        var plot = Path.Combine(lab.Store, "llama.svg");
        var law = (await lab.Flow("fit", "--points", Path.Combine(SharedFolder.Data!, "scaling", "isoflops", "llama3_points.csv"), "--form", "isoflop",
            "--columns", "tokens=training_tokens,flops=compute_budget,loss=validation_loss", "--plot", plot, "--json")).Json;
        Assert.Equal(1 - 0.53678, Number(law, "exponent"), 0.001);
        var picture = System.Xml.Linq.XDocument.Load(plot);
        Assert.Equal(3, picture.Root!.Elements().Count());
    }

    public void Dispose() => lab.Dispose();

    static double Number(JsonElement json, string key) => json.GetProperty(key).GetDouble();
}
