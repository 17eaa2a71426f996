using System.Diagnostics;
using System.Globalization;

namespace Flow.Jobs.DataParallel;

/// <summary>The process of one more worker, seen from the first.</summary>
sealed class PeerProcess : IDisposable
{
    const int SignalBase = 128;
    static readonly TimeSpan Leaving = TimeSpan.FromSeconds(5);

    readonly Process process;
    readonly Queue<string> complaints = new();
    readonly string name;

    PeerProcess(Process process, int rank, int workers)
    {
        this.process = process;
        name = string.Create(CultureInfo.InvariantCulture, $"worker {rank} of {workers} (process {process.Id})");
        process.ErrorDataReceived += (_, line) => Complain(line.Data);
        process.BeginErrorReadLine();
    }

    public static PeerProcess Start(Lab lab, PeerOrder order)
    {
        var start = new ProcessStartInfo(ThisProgram.Command[0]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in ThisProgram.Command.Skip(1).Append(TrainingPeer.Verb).Append(order.Step)) start.ArgumentList.Add(word);
        (string Option, string Value)[] options =
        [
            ("study", order.Study), ("attempt", Text(order.Attempt)), ("rank", Text(order.Rank)), ("from", Text(order.From)), ("meeting", order.Meeting),
            ("workers", Text(lab.Workers)), ("parallel", Text(lab.Parallel)), ("device", lab.Device), ("store", lab.Root),
        ];
        foreach (var (option, value) in options)
        {
            start.ArgumentList.Add($"--{option}");
            start.ArgumentList.Add(value);
        }
        return new PeerProcess(Process.Start(start) ?? throw new InvalidOperationException("a worker's process did not start"), order.Rank, lab.Workers);
    }

    /// <summary>The last lines that it said.</summary>
    public string Complaint
    {
        get
        {
            lock (complaints) return string.Join(" | ", complaints);
        }
    }

    public bool HasFailed => process.HasExited && process.ExitCode != 0;

    /// <summary>How it ended.</summary>
    public string Ending => process.ExitCode > SignalBase
        ? string.Create(CultureInfo.InvariantCulture, $"{name} was killed by signal {process.ExitCode - SignalBase}")
        : string.Create(CultureInfo.InvariantCulture, $"{name} ended with exit code {process.ExitCode}: {Complaint}");

    /// <summary>Waits until it has read where the training begins.</summary>
    public async Task Ready(CancellationToken cancel)
    {
        if (await process.StandardOutput.ReadLineAsync(cancel) == TrainingPeer.ReadyWord) return;
        await process.WaitForExitAsync(cancel);
        throw new IOException(Ending);
    }

    /// <summary>Sends it to the meeting.</summary>
    public void Go()
    {
        process.StandardInput.WriteLine(TrainingPeer.GoWord);
        process.StandardInput.Flush();
    }

    public void Dispose()
    {
        // Its end of the pipe tells it that nobody waits for it any more.
        process.StandardInput.Close();
        if (!process.WaitForExit(Leaving)) process.Kill();
        process.Dispose();
    }

    void Complain(string? line)
    {
        if (string.IsNullOrWhiteSpace(line)) return;
        lock (complaints)
        {
            complaints.Enqueue(line.Trim());
            if (complaints.Count > 3) complaints.Dequeue();
        }
    }

    static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
