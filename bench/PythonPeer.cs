using System.Diagnostics;
using System.Globalization;
using Flow.Domain;

namespace Flow.Bench;

/// <summary>
/// A Python process that does its share of an interleaved benchmark: it gets "N" on a line, does N units of work and answers with the
/// seconds they took. It stays alive between rounds, so that both sides are warm.
/// </summary>
public sealed class PythonPeer : IDisposable
{
    /// <summary>The interpreter whose torch stands on the same libtorch as ours.</summary>
    public const string Debian = "/usr/bin/python3";

    readonly Process process;

    /// <param name="python">The interpreter.</param>
    /// <param name="script">File name beside the benchmark's program, e.g. "pytorch_dit.py".</param>
    /// <param name="threads">Threads of the peer's tensor library.</param>
    public PythonPeer(string python, string script, int threads, params IEnumerable<string> arguments)
    {
        if (!HasTorch(python))
            throw new BadInputException($"this benchmark compares with PyTorch, which {python} does not have; for {Debian}: apt-get install --no-install-recommends python3-torch");
        var start = new ProcessStartInfo(python) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, script));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start");
    }

    /// <summary>Whether PyTorch is installed: it is no part of the product, so the set-up does not bring it.</summary>
    static bool HasTorch(string python)
    {
        if (Path.IsPathRooted(python) && !File.Exists(python)) return false;
        using var probe = Process.Start(new ProcessStartInfo(python, ["-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"]))!;
        probe.WaitForExit();
        return probe.ExitCode == 0;
    }

    /// <summary>Seconds that the peer needed for <paramref name="units"/> units of work, measured by itself.</summary>
    public double Run(int units)
    {
        process.StandardInput.WriteLine(units.ToString(CultureInfo.InvariantCulture));
        process.StandardInput.Flush();
        var answer = process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("the Python side of the benchmark ended early; what it said is above");
        return double.Parse(answer, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(5000)) process.Kill();
        process.Dispose();
    }
}
