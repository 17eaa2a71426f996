using System.Xml.Linq;
using Flow.Domain.Laws;
using Flow.TestData;
using FsCheck;
using FsCheck.Fluent;
using LanguageExt;
using Xunit;
using static LanguageExt.Prelude;

namespace Flow.Domain.Tests.Laws;

public class InferenceFrontierTests
{
    static InferenceCell Cell(string model, int steps, int ensemble, double macs, double error, double half = 0.001) =>
        new(model, steps, ensemble, macs, new(error, error - half, error + half));

    /// <summary>The demo's D128 and D48 of facts/tiny.md sections 4 and 5: with v-prediction one step beats ten.</summary>
    static readonly Seq<InferenceCell> cells = Seq(
        Cell("D48", 1, 1, 1.05e6, 0.246), Cell("D128", 1, 1, 20.1e6, 0.193), Cell("D128", 10, 1, 201e6, 0.248),
        Cell("D128", 1, 5, 100.5e6, 0.189), Cell("D128", 2, 10, 402e6, 0.187), Cell("D128", 10, 10, 2010e6, 0.193));

    static FrontierChoice Best(double macs) => InferenceFrontier.Best(cells, macs).IfLeft(r => throw new InvalidOperationException(r.ToString()));

    [Fact]
    public void ABudget_BuysTheBestThatItCanPay()
    {
        Assert.Equal("D48", Best(5e6).Best.Model);
        Assert.Equal((1, 1), (Best(25e6).Best.Steps, Best(25e6).Best.Ensemble));
        Assert.Equal((2, 10), (Best(1e12).Best.Steps, Best(1e12).Best.Ensemble));
    }

    [Fact]
    public void WhatIsNotToldApart_IsNamed()
    {
        Assert.Equal(Seq1((1, 5)), Best(1e12).Rivals.Map(r => (r.Steps, r.Ensemble)));
        Assert.Empty(Best(25e6).Rivals);
        Assert.Contains("not told apart", Best(1e12).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void TooSmallABudget_IsRefusedWithTheCheapestChoice()
    {
        var refusal = InferenceFrontier.Best(cells, 1e3).Match(_ => throw new InvalidOperationException(), r => r);
        Assert.Contains("D48", refusal.ToString(), StringComparison.Ordinal);
        Assert.True(InferenceFrontier.Best(Seq<InferenceCell>(), 1e9).IsLeft);
    }

    /// <summary>Nothing on the frontier is beaten, and everything off it is.</summary>
    [Fact]
    public void TheFrontier_HoldsExactlyWhatIsNotBeaten() => Prop.ForAll(
        Gen.Zip(Gen.Choose(1, 50), Gen.Choose(1, 50)).ListOf(20).ToArbitrary(),
        points =>
        {
            var all = points.Select((p, i) => Cell("m", i, 1, p.Item1, p.Item2)).ToSeq();
            var front = InferenceFrontier.Of(all).ToArray();
            bool Beaten(InferenceCell c) => all.Exists(o => o != c && o.Macs <= c.Macs && o.Error.Value <= c.Error.Value && (o.Macs < c.Macs || o.Error.Value < c.Error.Value));
            return front.All(c => !Beaten(c)) && all.All(c => Beaten(c) || front.Any(f => f.Macs == c.Macs && f.Error.Value == c.Error.Value));
        }).Check(PropertySeed.Config);

    [Fact]
    public void ThePicture_ShowsEveryCell() =>
        Assert.True(XDocument.Parse(InferenceFrontier.Plot(cells, "frontier", "AbsRel").ToSvg()).Descendants().Count(e => e.Name.LocalName is "circle" or "rect") >= cells.Count);
}
