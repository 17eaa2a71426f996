using Flow.Domain.Data;
using Flow.Domain.Runs;
using Flow.Domain.Sweeps;
using Flow.Domain.Text;
using LanguageExt;

namespace Flow.Domain.Studies;

/// <summary>A study as a person writes it down: one run, the axes along which it varies, and the laws to fit. See docs/studies.md.</summary>
/// <param name="Datasets">Data sets by the name that stages use.</param>
/// <param name="Run">The base run, which every axis changes.</param>
/// <param name="Random">Trials drawn from the axes; without it, their whole product.</param>
/// <param name="Halving">Stops the losers among the runs early.</param>
/// <param name="Forecast">A larger run, predicted before it is trained.</param>
/// <param name="Claim">What the study asks or shows.</param>
/// <param name="Source">The paper, figure and section.</param>
/// <param name="Cost">What it costs to run, and on what.</param>
/// <param name="Command">How to run it.</param>
public sealed record StudySpec(
    [Unhashed] string Name,
    CodecSpec Codec,
    HashMap<string, DatasetSpec> Datasets,
    RunSpec Run,
    Seq<AxisSpec> Axes = default,
    Seq<FitSpec> Fits = default,
    Option<RandomSpec> Random = default,
    Option<HalvingSpec> Halving = default,
    Option<ForecastSpec> Forecast = default,
    [Unhashed] string Claim = "",
    [Unhashed] string Source = "",
    [Unhashed] string Cost = "",
    [Unhashed] string Command = "",
    [Unhashed] string Notes = "");
