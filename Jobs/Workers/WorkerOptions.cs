using System.Globalization;
using Flow.Domain;
using Flow.Jobs.Ledger;

namespace Flow.Jobs.Workers;

/// <summary>What a worker serves.</summary>
/// <param name="Queues">What it can give a step.</param>
/// <param name="Devices">One name for each training at a time: numbers of CUDA devices, or names such as cpu0 for shares of the cores.</param>
/// <param name="Slots">Steps of the cpu queue at once.</param>
/// <param name="Database">Connection string of PostgreSQL, or @FILE; none for the ledger in the store.</param>
/// <param name="Engine">One of the build's job engines; none for its default.</param>
/// <param name="StepCommand">Program and first words that run a step's process; none for this program.</param>
/// <param name="HealthPort">Port of /healthz and /readyz on 127.0.0.1; none for no such server, 0 for any free port.</param>
/// <param name="JsonLog">Log as one JSON object a line.</param>
public sealed record WorkerOptions(
    IReadOnlyList<Need> Queues,
    IReadOnlyList<string> Devices,
    int Slots = 1,
    string? Database = null,
    string? Engine = null,
    IReadOnlyList<string>? StepCommand = null,
    int? HealthPort = null,
    bool JsonLog = false)
{
    /// <summary>Both queues, as many steps at once as the lab has parallel ones.</summary>
    public static WorkerOptions On(Lab lab, string? database = null) => new([Need.Cpu, Need.Gpu], Shares(lab.Parallel), Database: database);

    /// <summary>Devices of a machine without accelerators: equal shares of its cores.</summary>
    public static IReadOnlyList<string> Shares(int parallel) => [.. Enumerable.Range(0, parallel).Select(n => $"cpu{n}")];

    /// <summary>CUDA devices are the machine's, which another worker may serve too; shares of the cores are a worker's own.</summary>
    public static bool IsAccelerator(string device) => int.TryParse(device, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <exception cref="BadInputException">An unknown queue.</exception>
    public static IReadOnlyList<Need> ReadQueues(string text) =>
    [
        .. text.Split(',', StringSplitOptions.TrimEntries).Select(name => Enum.TryParse<Need>(name, ignoreCase: true, out var need) && !char.IsDigit(name[0])
            ? need
            : throw new BadInputException($"--queues: {name} is none of {string.Join(", ", Enum.GetNames<Need>()).ToLowerInvariant()}")).Distinct(),
    ];

    /// <exception cref="BadInputException">No device, or one twice.</exception>
    public static IReadOnlyList<string> ReadDevices(string text)
    {
        var devices = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return devices.Length > 0 && devices.Distinct().Count() == devices.Length
            ? devices
            : throw new BadInputException($"--devices: '{text}' names no device or one twice; write 0,1 for CUDA devices, cpu0,cpu1 for shares of the cores");
    }
}
