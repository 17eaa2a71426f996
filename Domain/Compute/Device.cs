using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Compute;

/// <summary>A device as cost estimates see it.</summary>
/// <param name="PeakTflops">
/// Dense BF16 tensor peak in 10^12 FLOPs a second. The 2:4 sparse figure that data sheets print larger is twice that, and doubles a budget by mistake.
/// </param>
public sealed record Device(string Name, double PeakTflops)
{
    /// <summary>Peaks of facts/scaling.md section 2.</summary>
    public static readonly Seq<Device> Known = Seq(
        new Device("A100", 312),
        new Device("H100", 989.4),
        new Device("H100-PCIe", 756),
        new Device("H200", 989.4),
        new Device("H800", 989.4),
        new Device("B200", 2250),
        new Device("L40S", 362),
        new Device("L40", 181),
        new Device("L4", 121),
        new Device("A40", 149.7),
        new Device("A10", 125),
        new Device("RTX4090", 165.2),   // with FP32 accumulation
        new Device("RTX3090", 71),
        new Device("RTX5090", 209.5),
        new Device("V100", 125),        // FP16 only
        new Device("MI300X", 1307),
        new Device("MI250X", 383),
        new Device("TPUv4", 275),
        new Device("TPUv5e", 197),
        new Device("TPUv5p", 459));

    /// <summary>The known device, whatever the case of its name; or a peak of one's own, as "custom:TFLOPS".</summary>
    public static Either<SpecError, Device> Find(string name) =>
        Known.Find(device => string.Equals(device.Name, name, StringComparison.OrdinalIgnoreCase)).Match(
            Some: Right<SpecError, Device>,
            None: () => Custom(name));

    static Either<SpecError, Device> Custom(string name) =>
        name.StartsWith("custom:", StringComparison.OrdinalIgnoreCase)
        && double.TryParse(name[7..], System.Globalization.CultureInfo.InvariantCulture, out var peak) && peak > 0
            ? Right<SpecError, Device>(new Device(name, peak))
            : Left<SpecError, Device>(new SpecError("device", name, Text.Spelling.Unknown(name, Known.Map(device => device.Name).Add("custom:TFLOPS"))));
}
