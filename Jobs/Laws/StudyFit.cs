using Flow.Domain;
using Flow.Domain.Laws;

namespace Flow.Jobs.Laws;

/// <summary>A law through the rows of a study, as a person asks for it.</summary>
/// <param name="Form">One of <see cref="PointsFit.Forms"/>.</param>
/// <param name="Metric">As rows spell it; lower is better.</param>
/// <param name="Axis">One of <see cref="StudyRows.Axes"/>; isoFLOP and parametric laws have their own.</param>
/// <param name="Task">Perception task; null is the generator.</param>
/// <param name="Options">Floor, Huber's delta, resamples; null for the usual ones. The others are of isoFLOP and of parametric laws.</param>
public sealed record StudyFit(
    string Study, string Form = "power", string Metric = "loss", string Axis = "train_macs", string? Task = null, int? SamplerSteps = null, int? Ensemble = null,
    FitOptions? Options = null, IsoFlopOptions? Profiles = null, ParametricMethod Surface = ParametricMethod.Huber)
{
    /// <exception cref="BadInputException">There are no such rows, or they carry no law.</exception>
    public FitAnswer Fit(string store, CancellationToken cancel)
    {
        var (rows, options) = (Rows(store), Options ?? new FitOptions());
        var fit = Form switch
        {
            "power" => PowerLaw.Fit(rows.Along(Axis, cancel), options).Map(law => FitAnswer.Of(law, Axis, Metric)),
            "broken" => BrokenLaw.Fit(rows.Along(Axis, cancel), options).Map(law => FitAnswer.Of(law, Axis, Metric)),
            "isoflop" => IsoFlop.Fit(rows.Trainings(cancel), (Profiles ?? new IsoFlopOptions()) with { Laws = options }).Map(law => FitAnswer.Of(law, Metric)),
            "parametric" => ParametricLaw.Fit(rows.Trainings(cancel), PointsFit.Parametric(options, Surface)).Map(law => FitAnswer.Of(law, Metric)),
            "envelope" => Envelope.Fit(rows.Trainings(cancel), options).Map(law => FitAnswer.Of(law, Metric)),
            var other => throw new BadInputException($"--form: {other} is none of {string.Join(", ", PointsFit.Forms)}"),
        };
        return fit.Carried($"the rows of '{Study}' carry no law");
    }

    /// <summary>The law that families are compared by.</summary>
    /// <exception cref="BadInputException">There are no such rows, or they carry no law.</exception>
    public PowerLawFit Family(string store, CancellationToken cancel) =>
        PowerLaw.Fit(Rows(store).Along(Axis, cancel), Options).Carried($"the rows of '{Study}' carry no law");

    /// <summary>The isoFLOP laws that families are compared by.</summary>
    /// <exception cref="BadInputException">There are no such rows, or they carry no law.</exception>
    public Family Profiled(string store, CancellationToken cancel)
    {
        var fit = IsoFlop.Fit(Rows(store).Trainings(cancel), (Profiles ?? new IsoFlopOptions()) with { Laws = Options }).Carried($"the rows of '{Study}' carry no law");
        return new Family(Study, fit.Loss, fit);
    }

    StudyRows Rows(string store) => new(store, Study, Metric, Task, SamplerSteps, Ensemble);
}
