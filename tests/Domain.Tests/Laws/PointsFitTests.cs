using System.Text.Json.Nodes;
using System.Xml.Linq;
using Flow.Domain.Laws;
using Flow.TestData;
using LanguageExt;
using Xunit;

namespace Flow.Domain.Tests.Laws;

public class PointsFitTests
{
    static readonly FitOptions few = new(Resamples: 50);

    static FitAnswer Answer(string csv, string form, string columns = "", IsoFlopOptions? isoFlop = null) => PointsFit.Run(csv, form, columns, few, isoFlop)
        .Match(Succ: e => e.IfLeft(r => throw new InvalidOperationException(r.ToString())), Fail: e => throw new InvalidDataException(string.Join("; ", e)));

    static Seq<SpecError> Errors(string csv, string form, string columns = "") =>
        PointsFit.Run(csv, form, columns, few).Match(Succ: _ => throw new InvalidOperationException(), Fail: e => e);

    static string Csv(string header, IEnumerable<string> rows) => header + "\n" + string.Join('\n', rows) + "\n";

    static readonly string power = Csv("C,L", Enumerable.Range(0, 6).Select(i => Math.Pow(10, i)).Select(x => $"{x},{3 * Math.Pow(x, -0.05)}"));

    static readonly string surface = Csv("N,D,C,loss,extra", IsoFlopTests.Surface(4).Map(p => $"{p.Params:R},{p.Tokens:R},{p.Flops:R},{p.Loss:R},x"));

    [Fact]
    public void ThePowerLawsJson_HasItsFixedShape()
    {
        var json = JsonNode.Parse(Answer(power, "power", "flops=C,loss=L").Json.ToJsonString())!.AsObject();
        Assert.Equal(-0.05, (double)json["exponent"]!, 1e-9);
        Assert.Equal(3, (double)json["prefactor"]!, 1e-9);
        Assert.Equal(6, (int)json["points"]!);
        foreach (var key in new[] { "low", "high", "irreducible", "holdout_error", "warnings" }) Assert.True(json.ContainsKey(key), key);
    }

    /// <summary>Whatever the form, a script finds the same keys.</summary>
    [Theory]
    [InlineData("isoflop", "params=N,tokens=D,flops=C")]
    [InlineData("parametric", "params=N,tokens=D,flops=C")]
    [InlineData("power", "flops=C")]
    [InlineData("broken", "flops=C")]
    public void EveryForm_AnswersInJsonTextAndPictures(string form, string columns)
    {
        var answer = Answer(surface, form, columns);
        foreach (var key in new[] { "exponent", "low", "high", "prefactor", "irreducible", "holdout_error", "points", "warnings" }) Assert.True(answer.Json.ContainsKey(key), key);
        Assert.Equal(75, (int)answer.Json["points"]!);
        Assert.NotEmpty(answer.Text);
        Assert.NotEmpty(answer.Figures);
        foreach (var figure in answer.Figures) XDocument.Parse(figure.ToSvg());
    }

    [Fact]
    public void ASizeThatIsNotGiven_FollowsFromComputeAndTokens()
    {
        var full = Answer(surface, "isoflop", "params=N,tokens=D,flops=C").Json;
        var without = Answer(surface, "isoflop", "tokens=D,flops=C").Json;
        Assert.Equal((double)full["exponent"]!, (double)without["exponent"]!, 1e-6);
    }

    [DataFact]
    public void EpochsFile_IsFittedAsItLies()
    {
        var csv = File.ReadAllText(Path.Combine(SharedFolder.Data!, "scaling", "epoch_chinchilla/points.csv"));
        Assert.Equal(0.5646, (double)Answer(csv, "parametric").Json["exponent"]!, 1e-3);
    }

    [DataFact]
    public void Llama3sFile_IsFittedAsItLies()
    {
        var csv = File.ReadAllText(Path.Combine(SharedFolder.Data!, "scaling", "isoflops/llama3_points.csv"));
        var json = Answer(csv, "isoflop", "tokens=training_tokens,flops=compute_budget,loss=validation_loss", new(ProfileAxis.Tokens)).Json;
        Assert.Equal(0.536779, (double)json["tokens"]!["exponent"]!, 0.0005);
    }

    [Fact]
    public void EveryMistake_IsReportedAtOnce()
    {
        var errors = Errors("C,L\n1,2\n1,2,3\n", "cubic", "flops:C");
        Assert.Equal(Prelude.Seq("columns", "form", "points line 3"), errors.Map(e => e.Path).OrderBy(p => p).ToSeq());
    }

    [Fact]
    public void ACellThatIsNoNumber_IsNamedByRowAndColumn()
    {
        var error = Errors("C,L\n1,2\n2,abc\n3,-1\n", "power", "flops=C,loss=L");
        Assert.Equal(2, error.Count);
        Assert.Contains("row 2", error[0].ToString(), StringComparison.Ordinal);
        Assert.Contains("abc", error[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingColumn_IsNamedWithWhatThereIs()
    {
        Assert.Contains("C, L", Errors(power, "power", "flops=C,loss=accuracy")[0].ToString(), StringComparison.Ordinal);
        Assert.Contains("two of params, tokens and flops", Errors(power, "parametric", "flops=C,loss=L")[0].ToString(), StringComparison.Ordinal);
    }
}
