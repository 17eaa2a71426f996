using System.CommandLine;
using System.Globalization;
using Flow.Torch;

namespace Flow.Cli.Commands;

/// <summary>`flow doctor`: what the program found on this machine, how fast it is, and what to do about anything missing.</summary>
public static class DoctorCommand
{
    const double EnoughDisk = 2e9;

    public static Command Build() => Verb.Of("doctor", "Engines, libtorch, BLAS, devices, memory, disk, and what to mend", [], call =>
    {
        var info = TensorEngine.Current.Info;
        var gflops = MatrixSpeed.Gflops(Environment.ProcessorCount);
        var disk = new DriveInfo(Existing(call.Store)).AvailableFreeSpace;
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        List<string> problems = [.. info.Problems];
        if (disk < EnoughDisk) problems.Add($"less than 2 GB free for the store at {call.Store}: free some, or put the store elsewhere with --store");
        call.Answer(
            new
            {
                engines = info.Engine,
                libtorch = info.LibTorch,
                blas = info.Blas,
                kernels = info.KernelSet,
                threads = Environment.ProcessorCount,
                sgemm_gflops = gflops,
                devices = info.Devices,
                memory_bytes = memory,
                disk_bytes = disk,
                store = call.Store,
                problems,
            },
            string.Join(Environment.NewLine, (string[])
            [
                $"engines    {info.Engine}",
                $"libtorch   {info.LibTorch}",
                string.Create(CultureInfo.InvariantCulture, $"BLAS       {info.Blas}, {gflops:0} GFLOP/s in matrix products of 1024 on {Environment.ProcessorCount} threads"),
                $"kernels    {info.KernelSet}",
                $"devices    {string.Join(", ", info.Devices)}",
                $"memory     {Quantity.Of(memory, "B")}",
                $"disk       {Quantity.Of(disk, "B")} free for {call.Store}",
                .. problems.Count == 0 ? ["problems   none"] : problems.Select(problem => $"problem    {problem}"),
            ]));
        return Verb.Done;
    });

    static string Existing(string path) => Directory.Exists(path) ? path : Existing(Path.GetDirectoryName(path) ?? "/");
}
