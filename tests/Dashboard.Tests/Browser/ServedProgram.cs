using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Flow.Dashboard.Tests.Browser;

/// <summary>The real `flow serve` in a process of its own, with a store of its own.</summary>
public sealed partial class ServedProgram : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    readonly Process process;
    readonly bool ownsStore;

    ServedProgram(Process process, string store, bool ownsStore, Uri address) => (this.process, Store, this.ownsStore, Address) = (process, store, ownsStore, address);

    public string Store { get; }

    public Uri Address { get; }

    /// <param name="store">None for a new one, deleted afterwards.</param>
    public static async Task<ServedProgram> Start(IReadOnlyDictionary<string, string>? environment = null, string? store = null)
    {
        var place = store ?? Directory.CreateTempSubdirectory("flow-browser-").FullName;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var word in (string[])[Program(), "serve", "--port", "0", "--store", place]) start.ArgumentList.Add(word);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException("the program did not start");
        var found = new TaskCompletionSource<Uri>();
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null) found.TrySetException(new InvalidOperationException("flow serve ended before it told its address"));
            else if (Told().Match(line.Data) is { Success: true } told) found.TrySetResult(new Uri(told.Groups[1].Value));
        };
        process.BeginErrorReadLine();
        return new ServedProgram(process, place, store is null, await found.Task.WaitAsync(Patience));
    }

    /// <summary>The program where its own build put it: beside the tests lie libraries of theirs.</summary>
    static string Program()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var (framework, configuration) = (output.Name, output.Parent!.Name);
        for (var folder = output; folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "FlowDataPipeline.sln"))) return Path.Combine(folder.FullName, "Cli", "bin", configuration, framework, "Flow.Cli.dll");
        throw new InvalidOperationException("the tests do not run inside the checkout");
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
        if (ownsStore) Directory.Delete(Store, recursive: true);
    }

    [GeneratedRegex(@"open (http://\S+)")]
    private static partial Regex Told();
}
