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

    static readonly string families = Csv("C,L,kind,seed", Enumerable.Range(0, 16).Select(i => (X: Math.Pow(10, i / 2), Kind: i % 2 == 0 ? "adaln" : "cross"))
        .Select(p => $"{p.X},{(p.Kind == "adaln" ? 3 * Math.Pow(p.X, -0.05) : 2.5 * Math.Pow(p.X, -0.03))},{p.Kind},0"));

    [Fact]
    public void Where_KeepsTheRowsOfOneKind()
    {
        FitAnswer Of(string where) => PointsFit.Run(families, "power", "flops=C,loss=L", few, where: where)
            .Match(Succ: e => e.IfLeft(r => throw new InvalidOperationException(r.ToString())), Fail: e => throw new InvalidDataException(string.Join("; ", e)));
        Assert.Equal(-0.05, (double)Of("kind=adaln").Json["exponent"]!, 1e-9);
        Assert.Equal(-0.03, (double)Of("kind=cross,seed=0").Json["exponent"]!, 1e-9);
        Assert.Equal(8, (int)Of("kind=cross").Json["points"]!);
    }

    [Theory]
    [InlineData("kind=dense", "where: kind=dense is in no row; kind is adaln, cross")]
    [InlineData("sort=dense", "where: sort is not a column of the table, which has C, L, kind, seed")]
    [InlineData("adaln", "where: adaln is not column=value")]
    public void AConditionThatNothingMeets_IsToldWithWhatThereIs(string where, string message) => Assert.Equal(message,
        PointsFit.Run(families, "power", "flops=C,loss=L", few, where: where).Match(Succ: _ => "", Fail: e => Assert.Single(e).ToString()));

    [Fact]
    public void Families_OfOneTable_AreCompared()
    {
        Family Of(string kind) => PointsFit.Family(kind, families, "power", "flops=C,loss=L", $"kind={kind}", few)
            .Match(Succ: e => e.IfLeft(r => throw new InvalidOperationException(r.ToString())), Fail: e => throw new InvalidDataException(string.Join("; ", e)));
        var comparison = FamilyComparison.Of(Of("adaln"), Of("cross"), 1e5);
        Assert.Equal(-0.02, comparison.Exponents.Value, 1e-9);
        // 3 C^-.05 meets 2.5 C^-.03 at (3 / 2.5)^50 = 9,100.
        Assert.Equal(Math.Pow(1.2, 50), comparison.Crossing.Map(at => at.Value).IfNone(0), 1e-3);
        Assert.True(comparison.Decided);
        Assert.Contains("adaln is better", comparison.Sentence, StringComparison.Ordinal);
        Assert.DoesNotContain(Reason.Extrapolation, comparison.Warnings.Map(w => w.Reason));
        Assert.Contains(Reason.Extrapolation, FamilyComparison.Of(Of("adaln"), Of("cross"), 1e12).Warnings.Map(w => w.Reason));
    }

    /// <summary>The same points as other tools write them: semicolons, tabs, a list of JSON objects.</summary>
    [Fact]
    public void OtherTables_AreReadToo()
    {
        var rows = power.Trim().Split('\n');
        var json = $"[{string.Join(",\n", rows.Skip(1).Select(row => row.Split(',')).Select(cells => $"{{ \"C\": {cells[0]}, \"L\": {cells[1]} }}"))}]";
        Assert.All([power.Replace(',', ';'), power.Replace(',', '\t'), json], text => Assert.Equal(-0.05, (double)Answer(text, "power", "flops=C,loss=L").Json["exponent"]!, 1e-9));
        Assert.Contains("points[1]: 7 is not an object", string.Join('\n', Errors("[{\"C\": 1, \"L\": 2}, 7]", "power", "flops=C,loss=L")), StringComparison.Ordinal);
        Assert.Contains("row 2, L: an empty cell", string.Join('\n', Errors("[{\"C\": 1, \"L\": 2}, {\"C\": 2}]", "power", "flops=C,loss=L")), StringComparison.Ordinal);
        Assert.Contains("line 1", string.Join('\n', Errors("[{", "power")), StringComparison.Ordinal);
    }

    /// <summary>CS336's noise-free surface as its JSON lies there: E 2.69, alpha .34, beta .36 and so a = .514286.</summary>
    [DataFact]
    public void Cs336sFile_IsFittedAsItLies()
    {
        var text = File.ReadAllText(Path.Combine(SharedFolder.Data!, "scaling", "cs336/isoflops_curves.json"));
        var json = Answer(text, "parametric", "params=parameters,flops=compute_budget,loss=final_loss").Json;
        Assert.Equal(0.514286, (double)json["exponent"]!, 1e-4);
        Assert.Equal(2.69, (double)json["irreducible"]!, 1e-3);
    }
}
