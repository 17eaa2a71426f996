using System.Xml.Linq;
using Flow.Domain.Laws;
using Flow.Domain.Plots;
using LanguageExt;
using Xunit;
using static LanguageExt.Prelude;

namespace Flow.Domain.Tests.Plots;

public class FigureTests
{
    static readonly XNamespace svg = "http://www.w3.org/2000/svg";

    static Figure Scatter(Seq<(double X, double Y)> points, string name = "measured") =>
        new("title", Seq1(new Panel(new("compute (FLOPs)"), new("loss"), Seq1<Layer>(new Dots(name, Palette.Kind(0), points)))));

    static Seq<(string Text, double X, double Y)> Texts(Figure figure) => XDocument.Parse(figure.ToSvg()).Descendants(svg + "text")
        .Select(t => (t.Value, (double)t.Attribute("x")!, (double)t.Attribute("y")!)).ToSeq();

    [Fact]
    public void AFigure_IsWellFormedWhateverItsNamesSay()
    {
        var figure = Scatter(Seq((1.0, 2.0), (10.0, 1.0)), "a < b & \"c\"") with { Title = "<script>" };
        Assert.Contains("a < b & \"c\"", Texts(figure).Map(t => t.Text));
        Assert.DoesNotContain("<script>", figure.ToSvg(), StringComparison.Ordinal);
    }

    [Fact]
    public void AxesCarryTheirUnits() =>
        Assert.Superset(new System.Collections.Generic.HashSet<string> { "compute (FLOPs)", "loss", "title" },
            Texts(Scatter(Seq((1.0, 2.0), (10.0, 1.0)))).Map(t => t.Text).ToHashSet());

    /// <summary>On log axes equal ratios are equal distances.</summary>
    [Fact]
    public void EqualRatios_AreEqualDistances()
    {
        var x = XDocument.Parse(Scatter(Seq((1.0, 1.0), (10.0, 2.0), (100.0, 4.0))).ToSvg()).Descendants(svg + "circle")
            .Select(c => (double)c.Attribute("cx")!).Order().ToArray();
        Assert.Equal(x[1] - x[0], x[2] - x[1], 0.2);
    }

    [Fact]
    public void LargerValues_AreHigherUp()
    {
        var circles = XDocument.Parse(Scatter(Seq((1.0, 1.0), (10.0, 2.0))).ToSvg()).Descendants(svg + "circle")
            .Select(c => ((double)c.Attribute("cx")!, (double)c.Attribute("cy")!)).Order().ToArray();
        Assert.True(circles[1].Item2 < circles[0].Item2);
    }

    [Theory]
    [InlineData(1e17, 6e18)]
    [InlineData(0.1343, 0.1811)]
    [InlineData(1, 3)]
    [InlineData(1e-5, 1e20)]
    [InlineData(0.5, 40)]
    [InlineData(7, 7)]
    public void EveryAxis_HasLabelsThatDoNotTouch(double low, double high)
    {
        var labels = Texts(Scatter(Seq((low, low), (high, high)))).Filter(t => t.Text.Any(char.IsDigit));
        var onX = labels.GroupBy(t => t.Y).MaxBy(g => g.Count())!.OrderBy(t => t.X).ToArray();
        Assert.InRange(onX.Length, low == high ? 1 : 2, 14);
        for (var i = 1; i < onX.Length; i++) Assert.True(onX[i].X - onX[i - 1].X > 6 * onX[i].Text.Length, $"{onX[i - 1]} {onX[i]}");
    }

    [Fact]
    public void ALawsPicture_ShowsPointsFitBandExtrapolationAndResiduals()
    {
        var fit = PowerLaw.Fit(Seq((6e9, 0.1811), (18e9, 0.1693), (54e9, 0.1564), (162e9, 0.1462), (486e9, 0.1397)))
            .IfLeft(r => throw new InvalidOperationException(r.ToString()));
        var picture = XDocument.Parse(LawPlot.Of(fit, "loss", "training compute (MACs)", "eps loss").ToSvg());
        // Five points and five residuals, and the sample in the legend.
        Assert.Equal(11, picture.Descendants(svg + "circle").Count());
        Assert.Contains(picture.Descendants(svg + "path"), p => p.Attribute("stroke-dasharray") is not null);
        Assert.Contains(picture.Descendants(svg + "path"), p => p.Attribute("fill-opacity") is not null);
        Assert.Contains("residual (%)", picture.Descendants(svg + "text").Select(t => t.Value));
    }

    /// <summary>The band is an area: it goes out along the low ends and comes back along the high ones.</summary>
    [Fact]
    public void ABand_EnclosesAnArea()
    {
        var figure = new Figure("t", Seq1(new Panel(new("x"), new("y"), Seq1<Layer>(
            new Band("b", "#000", Seq((1.0, 1.0, 2.0), (10.0, 1.0, 2.0)))))));
        var path = XDocument.Parse(figure.ToSvg()).Descendants(svg + "path").Single(p => p.Attribute("fill-opacity") is not null).Attribute("d")!.Value;
        var corners = path.TrimStart('M').TrimEnd('Z').Split('L').Select(p => p.Split(' ').Select(double.Parse).ToArray()).ToArray();
        Assert.Equal(4, corners.Length);
        Assert.Equal(corners[0][0], corners[3][0], 1e-9);
        Assert.True(corners[3][1] < corners[0][1]);
    }
}
