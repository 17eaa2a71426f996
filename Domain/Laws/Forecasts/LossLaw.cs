namespace Flow.Domain.Laws.Forecasts;

/// <summary>Where a model stands: log N, log D, log C.</summary>
public readonly record struct LogPlace(double N, double D, double C)
{
    public static LogPlace Of(TrainingPoint point) => new(Math.Log(point.Params), Math.Log(point.Tokens), Math.Log(point.Flops));

    public LogPlace From(LogPlace centre) => new(N - centre.N, D - centre.D, C - centre.C);
}

/// <summary>A form with its constants.</summary>
public sealed record LossLaw(LossForm Form, double[] Constants, LogPlace Centre)
{
    /// <summary>The loss that it expects of a model with its training; the point's own loss is not read.</summary>
    public double At(TrainingPoint point) => Math.Exp(Form.Value(Constants, LogPlace.Of(point).From(Centre)));
}
