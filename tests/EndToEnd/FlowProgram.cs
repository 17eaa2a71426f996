using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Flow.EndToEnd;

/// <summary>The real program in a process of its own, with a store of its own.</summary>
public sealed class FlowProgram : IDisposable
{
    public static string Root { get; } = FindRoot();

    /// <summary>The program as the tests built it.</summary>
    public static string Dll => Path.Combine(AppContext.BaseDirectory, "Flow.Cli.dll");

    public string Store { get; } = Directory.CreateTempSubdirectory("flow-store-").FullName;

    /// <summary>Runs a verb to its end.</summary>
    public (int Exit, string Out, string Error) Run(params string[] arguments)
    {
        using var process = Start(arguments);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>A verb's JSON answer; it must succeed.</summary>
    public JsonElement Json(params string[] arguments)
    {
        var (exit, output, error) = Run([.. arguments, "--json"]);
        return exit == 0 ? JsonDocument.Parse(output).RootElement : throw new InvalidOperationException($"exit {exit}: {error}");
    }

    /// <summary>Starts a verb, kills it with SIGKILL after a while, and tells whether it was still running then.</summary>
    public bool StartAndKill(TimeSpan after, params string[] arguments)
    {
        using var process = Start(arguments);
        process.ErrorDataReceived += (_, _) => { };
        process.OutputDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        if (process.WaitForExit(after)) return false;
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return true;
    }

    public void Dispose() => Directory.Delete(Store, recursive: true);

    /// <summary>Starts a verb; standard output and error are pipes.</summary>
    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = Root,
        };
        start.ArgumentList.Add(Dll);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["FLOW_ROOT"] = Root;
        start.Environment["FLOW_STORE"] = Store;
        if (TestData.SharedFolder.Data is { } data) start.Environment["FLOW_DATA"] = data;
        return Process.Start(start) ?? throw new InvalidOperationException("the program did not start");
    }

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "FlowDataPipeline.sln"))) return folder.FullName;
        throw new InvalidOperationException("the tests do not run inside the checkout");
    }
}
