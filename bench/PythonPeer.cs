using System.Diagnostics;
using System.Globalization;

namespace Flow.Bench;

/// <summary>
/// A Python process that does its share of an interleaved benchmark: it gets "N" on a line, does N units of work and answers with the
/// seconds they took. It stays alive between rounds, so that both sides are warm.
/// </summary>
public sealed class PythonPeer : IDisposable
{
    readonly Process process;

    /// <param name="script">File name beside the benchmark's program, e.g. "train/pytorch_dit.py".</param>
    /// <param name="threads">Threads of the peer's tensor library.</param>
    public PythonPeer(string script, int threads, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/python3") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, script));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start");
    }

    /// <summary>Seconds that the peer needed for <paramref name="units"/> units of work, measured by itself.</summary>
    public double Run(int units)
    {
        process.StandardInput.WriteLine(units.ToString(CultureInfo.InvariantCulture));
        process.StandardInput.Flush();
        var answer = process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("the Python side of the benchmark ended early; it needs Debian's python3-torch");
        return double.Parse(answer, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(5000)) process.Kill();
        process.Dispose();
    }
}
