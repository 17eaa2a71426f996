using Flow.Domain.Diffusion;
using static TorchSharp.torch;

namespace Flow.Training.Diffusion;

/// <summary>
/// What a network's output says of x_0 and of the noise, for x_t = sqrt(alphaBar) x_0 + sqrt(1 - alphaBar) eps
/// (v = sqrt(alphaBar) eps - sqrt(1 - alphaBar) x_0, Salimans and Ho 2022).
/// </summary>
public static class Prediction
{
    /// <summary>x_t of given x_0 and noise (Ho et al. 2020, equation 4).</summary>
    public static Tensor QSample(Tensor x0, Tensor noise, StepCoefficients c) => c.SqrtAlphaBar * x0 + c.SqrtOneMinusAlphaBar * noise;

    /// <summary>What the network should have said.</summary>
    public static Tensor Truth(PredictionTarget target, Tensor x0, Tensor noise, StepCoefficients c) => target switch
    {
        PredictionTarget.Eps => noise,
        PredictionTarget.X0 => x0,
        PredictionTarget.V => c.SqrtAlphaBar * noise - c.SqrtOneMinusAlphaBar * x0,
        _ => throw NotASchedule(target),
    };

    public static Tensor X0(PredictionTarget target, Tensor output, Tensor xt, StepCoefficients c) => target switch
    {
        PredictionTarget.Eps => c.SqrtRecipAlphaBar * xt - c.SqrtRecipM1AlphaBar * output,
        PredictionTarget.X0 => output,
        PredictionTarget.V => c.SqrtAlphaBar * xt - c.SqrtOneMinusAlphaBar * output,
        _ => throw NotASchedule(target),
    };

    public static Tensor Eps(PredictionTarget target, Tensor output, Tensor xt, StepCoefficients c) => target switch
    {
        PredictionTarget.Eps => output,
        PredictionTarget.X0 => EpsOf(output, xt, c),
        PredictionTarget.V => c.SqrtAlphaBar * output + c.SqrtOneMinusAlphaBar * xt,
        _ => throw NotASchedule(target),
    };

    /// <summary>The noise that leads from a given x_0 to x_t.</summary>
    public static Tensor EpsOf(Tensor x0, Tensor xt, StepCoefficients c) => (xt - c.SqrtAlphaBar * x0) / c.SqrtOneMinusAlphaBar;

    static ArgumentException NotASchedule(PredictionTarget target) => new($"{target} is not a prediction on a noise schedule", nameof(target));
}
