using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Flow.EndToEnd.Jobs;

/// <summary>Workers as a person starts them, on one store: processes of the real program, to be killed.</summary>
sealed class JobsProcesses(string? database = null) : IDisposable
{
    readonly List<Process> workers = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory("flow-jobs-").FullName;

    public string Store => Path.Combine(Folder, "store");

    public IReadOnlyList<Process> Alive => [.. workers.Where(worker => !worker.HasExited)];

    /// <summary>Writes a study's file.</summary>
    public string Study(string json)
    {
        var path = Path.Combine(Folder, "study.json");
        File.WriteAllText(path, json);
        return path;
    }

    /// <summary>Starts a worker with more variables in its environment.</summary>
    public Process Worker(params (string Name, string Value)[] environment) => Worker([], environment);

    /// <summary>Starts a worker with more options, too.</summary>
    public Process Worker(IReadOnlyList<string> options, params (string Name, string Value)[] environment)
    {
        var files = Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"worker-{workers.Count}"));
        // The shell becomes the program; it writes into files, since nobody reads pipes while workers are killed.
        var start = new ProcessStartInfo("/bin/sh");
        foreach (var word in new[] { "-c", $"exec dotnet \"$@\" > {files}.json 2> {files}.log", "sh", FlowProgram.Dll, "worker", "--parallel", "2", "--devices", "cpu0", "--log", "json", "--json" }.Concat(options))
            start.ArgumentList.Add(word);
        Prepare(start);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = Process.Start(start)!;
        workers.Add(process);
        return process;
    }

    /// <summary>A verb's JSON answer.</summary>
    public JsonElement Flow(params string[] words)
    {
        using var process = Start(words);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? JsonDocument.Parse(output).RootElement : throw new InvalidOperationException($"exit {process.ExitCode}: {error.Result}{output}");
    }

    /// <summary>Starts a verb that answers in JSON.</summary>
    public Process Start(params string[] words)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in words.Prepend(FlowProgram.Dll).Append("--json")) start.ArgumentList.Add(word);
        Prepare(start);
        return Process.Start(start)!;
    }

    /// <summary>What the first worker answered when it was stopped.</summary>
    public JsonElement WorkersAnswer() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "worker-0.json"))).RootElement;

    public void Dispose()
    {
        foreach (var worker in workers)
        {
            if (!worker.HasExited) worker.Kill(entireProcessTree: true);
            worker.WaitForExit();
            worker.Dispose();
        }
        Directory.Delete(Folder, recursive: true);
    }

    public string Logs() => string.Join('\n', Directory.EnumerateFiles(Folder, "worker-*.log").Order(StringComparer.Ordinal).Select(File.ReadAllText));

    /// <summary>Sends a signal by its name.</summary>
    public static void Signal(int process, string name)
    {
        using var kill = Process.Start("kill", ["-s", name, process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    void Prepare(ProcessStartInfo start)
    {
        start.Environment["FLOW_ROOT"] = FlowProgram.Root;
        start.Environment["FLOW_STORE"] = Store;
        start.Environment["FLOW_CHECKPOINT_SECONDS"] = "1";
        if (database is not null) start.Environment["FLOW_DATABASE"] = database;
    }
}
