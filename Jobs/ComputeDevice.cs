using System.Globalization;
using System.Text.RegularExpressions;
using Flow.Domain;
using static TorchSharp.torch;

namespace Flow.Jobs;

/// <summary>The device that networks are trained and run on, by its name: cpu, cuda (the first one that is visible) or cuda:N.</summary>
public static partial class ComputeDevice
{
    public const string Cpu = "cpu";

    /// <exception cref="InvalidOperationException">This process sees no such device: a fault of the machine, where the name was checked before.</exception>
    public static Device Of(string name) => name == Cpu ? CPU : Missing(name) is { } why ? throw new InvalidOperationException(why) : new Device(name);

    /// <summary>Of one worker of a data-parallel training: each has a CUDA device to itself, from the first on.</summary>
    /// <exception cref="InvalidOperationException">As <see cref="Of"/>; or there are fewer devices than workers.</exception>
    public static Device OfWorker(Lab lab, int rank) => Of(lab.Workers == 1 || lab.Device == Cpu ? lab.Device : string.Create(CultureInfo.InvariantCulture, $"cuda:{rank}"));

    /// <summary>Looks for the device before anything is begun.</summary>
    /// <param name="option">Where the name was given.</param>
    /// <exception cref="BadInputException">No such name, or no such device.</exception>
    public static string Checked(string name, string option)
    {
        if (name != Cpu && Missing(name) is { } why) throw new BadInputException($"{option}: {why}");
        return name;
    }

    static string? Missing(string name)
    {
        if (Cuda().Match(name) is not { Success: true } named) return $"'{name}' is none of cpu, cuda, cuda:N";
        var there = cuda.is_available() ? cuda.device_count() : 0;
        var index = named.Groups["n"] is { Success: true } n ? int.Parse(n.Value, CultureInfo.InvariantCulture) : 0;
        return index < there ? null : $"'{name}' is not among the {there} CUDA devices that libtorch sees here; take cpu, or a libtorch with CUDA (docs/engines.md)";
    }

    [GeneratedRegex(@"^cuda(:(?<n>[0-9]{1,3}))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Cuda();
}
