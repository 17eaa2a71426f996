using System.Diagnostics;
using Flow.Jobs.Ledger;

namespace Flow.Jobs.Workers;

/// <summary>A step's process, seen from its worker.</summary>
public sealed class StepChild : IDisposable
{
    readonly Process process;

    StepChild(Process process) => this.process = process;

    public static StepChild Start(Lab lab, Lease lease, string device, IReadOnlyList<string>? command)
    {
        var words = command ?? ThisProgram.Command;
        var start = new ProcessStartInfo(words[0]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] more = ["step", lease.Step, "--study", lease.Study, "--fence", $"{lease.Fence}", "--parallel", $"{lab.Parallel}", "--device", DeviceOf(device), "--store", lab.Root];
        foreach (var word in words.Skip(1).Concat(more)) start.ArgumentList.Add(word);
        start.Environment.Remove("FLOW_DATABASE"); // a step reads and writes the store only
        if (WorkerOptions.IsAccelerator(device)) start.Environment["CUDA_VISIBLE_DEVICES"] = device;
        if (Activity.Current is { } trace) start.Environment["TRACEPARENT"] = trace.Id;
        return new StepChild(Process.Start(start) ?? throw new InvalidOperationException("a step's process did not start"));
    }

    /// <summary>A CUDA device is the only one that the process sees.</summary>
    static string DeviceOf(string device) => WorkerOptions.IsAccelerator(device) ? "cuda" : ComputeDevice.Cpu;

    public int Id => process.Id;

    public int ExitCode => process.ExitCode;

    /// <summary>Reads both streams until the process has ended.</summary>
    /// <param name="message">Given each message, in order, on one thread.</param>
    /// <param name="line">Given each line that is none.</param>
    public async Task Read(Action<ChildMessage> message, Action<string> line)
    {
        var errors = Lines(process.StandardError, line);
        await Lines(process.StandardOutput, text =>
        {
            if (ChildMessage.Read(text) is { } read) message(read);
            else line(text);
        });
        await errors;
        await process.WaitForExitAsync();
    }

    /// <summary>Says a word; a process that has ended hears nothing.</summary>
    public void Say(string word)
    {
        try
        {
            lock (process)
            {
                process.StandardInput.WriteLine(word);
                process.StandardInput.Flush();
            }
        }
        catch (IOException)
        {
        }
    }

    public void Kill() => process.Kill(entireProcessTree: true);

    public void Dispose() => process.Dispose();

    static async Task Lines(StreamReader reader, Action<string> line)
    {
        while (await reader.ReadLineAsync() is { } text) line(text);
    }
}
