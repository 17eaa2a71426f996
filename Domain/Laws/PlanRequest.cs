using Flow.Domain.Compute;
using Flow.Domain.Models;
using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>What a person has: devices, hours, a law, models to choose from, data.</summary>
/// <param name="Place">Device, MFU, price, counting rules.</param>
/// <param name="Devices">How many devices.</param>
/// <param name="Hours">For how long.</param>
/// <param name="Law">Whose experience to plan by.</param>
/// <param name="Models">The sizes that may be built, all of one number of tokens per image: a law holds for one patch size and resolution.</param>
/// <param name="Batch">Images per optimizer step.</param>
/// <param name="DatasetImages">Images of the data set, for the epochs.</param>
/// <param name="Interpolate">Whether a size between two named ones may be proposed.</param>
/// <param name="Predictions">Predictions that the budget must also pay for; 0 for training alone.</param>
/// <param name="Passes">Forward passes of one prediction: denoising steps x ensemble members.</param>
public sealed record PlanRequest(
    Placement Place,
    int Devices,
    double Hours,
    AllocationLaw Law,
    Seq<ModelSpec> Models,
    int Batch = 256,
    Option<double> DatasetImages = default,
    bool Interpolate = false,
    double Predictions = 0,
    int Passes = 1)
{
    /// <summary>C = devices x hours x 3600 x peak x MFU, the FLOPs of the model alone.</summary>
    public double Flops => Devices * Hours * 3600 * Place.Device.PeakTflops * 1e12 * Place.Mfu;
}
