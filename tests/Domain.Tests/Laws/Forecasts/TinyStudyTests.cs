using Flow.Domain.Laws;
using Flow.Domain.Laws.Forecasts;
using LanguageExt;
using Xunit;

namespace Flow.Domain.Tests.Laws.Forecasts;

/// <summary>The rows that the tiny isoFLOP study measured (tiny_isoflop.csv), and what docs/laws.md says of them.</summary>
public class TinyStudyTests
{
    static readonly Seq<TrainingPoint> Rows = File.ReadLines(Path.Combine(Checkout.Root, "tests", "Domain.Tests", "Laws", "Forecasts", "tiny_isoflop.csv"))
        .Where(line => line.Length > 0 && char.IsDigit(line[0])).Select(line => line.Split(','))
        .Select(cells => new TrainingPoint(Number(cells[0]), Number(cells[1]), Number(cells[2]), Number(cells[3]), cells[4])).ToArray().ToSeq();

    static double Number(string cell) => double.Parse(cell, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The last row, which was trained when the forecast had been stored.</summary>
    static readonly TrainingPoint Truth = Rows.OrderBy(p => p.Flops).Last();

    static readonly Seq<TrainingPoint> Known = Rows.Filter(p => p.Flops < Truth.Flops).Strict();

    [Fact]
    public void TheForecast_IsTheOneThatWasStored()
    {
        var forecast = Forecasting.Of(Known, new("D64", Truth.Params, Truth.Tokens, Truth.Flops)).IfLeft(r => throw new InvalidOperationException(r.ToString()));
        Assert.Equal("ridge with a floor", forecast.Chosen.Name);
        Assert.Equal(0.1414, forecast.Loss.Value, 0.0001);
        Assert.Equal(0.1325, forecast.Loss.Low, 0.0003);
        Assert.Equal(0.1510, forecast.Loss.High, 0.0003);
        Assert.True(forecast.Loss.Covers(Truth.Loss));
        Assert.Equal(-0.021, forecast.Loss.Value / Truth.Loss - 1, 0.001);
    }

    [Fact]
    public void SevenBudgets_HaveInteriorOptima_AndTheBestSizeGrows()
    {
        var fit = IsoFlop.Fit(Known, new(Nearest: 5)).IfLeft(r => throw new InvalidOperationException(r.ToString()));
        Assert.Equal(7, fit.Profiles.Count(profile => profile.Usable));
        Assert.Equal(0.310, fit.Params.Exponent.Value, 0.001);
        Assert.True(fit.Params.Exponent.Low > 0.2);
        Assert.Equal(0.132, fit.Loss.Irreducible.Map(floor => floor.Value).IfNone(0), 0.001);
    }

    /// <summary>Through the optima alone: the pure power law would have missed by 6 %, the one with a floor by half a per cent.</summary>
    [Theory]
    [InlineData(Floor.None, -0.060)]
    [InlineData(Floor.Fitted, -0.004)]
    public void WithoutAFloor_TheLawOfTheOptimaMisses(Floor floor, double error)
    {
        var fit = IsoFlop.Fit(Known, new(Nearest: 5, Laws: new(floor, Resamples: 0))).IfLeft(r => throw new InvalidOperationException(r.ToString()));
        Assert.Equal(error, fit.Loss.At(Truth.Flops) / Truth.Loss - 1, 0.002);
    }

    [Fact]
    public void TheSurfaceOfAllCells_PredictsTheRunToo()
    {
        var fit = ParametricLaw.Fit(Known, new(Resamples: 50)).IfLeft(r => throw new InvalidOperationException(r.ToString()));
        Assert.Equal(Truth.Loss, fit.Surface.At(Truth.Params, Truth.Tokens), 0.02 * Truth.Loss);
        Assert.InRange(fit.FlopsPerParamToken, 3, 5.9);
    }
}
