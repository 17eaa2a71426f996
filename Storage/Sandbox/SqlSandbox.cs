using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Flow.Storage.Engines;

namespace Flow.Storage.Sandbox;

/// <summary>An answer from the sandbox.</summary>
public sealed record SandboxAnswer(IReadOnlyList<AnswerColumn> Columns, QueryTable Table, TimeSpan Took);

/// <summary>
/// SQL of somebody who is not trusted. Each question is answered by a process of its own that has an empty environment and has given up all
/// but reading the store (see <see cref="Confinement"/>), and that is killed when its time is over. One such process is kept waiting, so
/// that a question does not wait for a start.
/// </summary>
public sealed class SqlSandbox(string store, SandboxLimits limits) : IDisposable
{
    const int AtOnce = 2;
    static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    /// <summary>The hidden verb of the program that runs <see cref="SandboxedQuery"/>.</summary>
    public const string Verb = "sql-sandbox";

    /// <summary>What the process says when it is confined and waits for its question.</summary>
    internal const byte Ready = (byte)'\n';

    readonly SemaphoreSlim places = new(AtOnce, AtOnce);
    readonly Lock gate = new();
    Process? spare;
    bool closed;

    /// <summary>Layers of the confinement that this machine lacks, with what that leaves open; none where it has all.</summary>
    public static IReadOnlyList<string> Lacking => [.. Confinement.Lacking()];

    /// <exception cref="SqlException">The query is wrong, asks for more than reading the store, or takes more than its limits.</exception>
    public async Task<SandboxAnswer> Query(string sql, int rows, CancellationToken cancel)
    {
        await places.WaitAsync(cancel);
        try
        {
            using var process = Take();
            try
            {
                return await Answered(process, sql, rows, cancel);
            }
            finally
            {
                End(process);
            }
        }
        finally
        {
            places.Release();
        }
    }

    async Task<SandboxAnswer> Answered(Process process, string sql, int rows, CancellationToken cancel)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        // A machine that trains on all its cores starts a process slowly; that is not the query's time.
        late.CancelAfter(StartPatience);
        Stopwatch? clock = null;
        try
        {
            var complaints = process.StandardError.ReadToEndAsync(late.Token);
            _ = await process.StandardOutput.BaseStream.ReadAsync(new byte[1], late.Token);
            clock = Stopwatch.StartNew();
            late.CancelAfter(limits.Time);
            await Ask(process, string.Create(CultureInfo.InvariantCulture, $"{rows}\n{sql}"), late.Token);
            using var answer = await Answer(process, complaints, late.Token);
            var (columns, table) = TableWire.Read(answer.RootElement);
            return new SandboxAnswer(columns, table, clock.Elapsed);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new SqlException(clock is null
                ? string.Create(CultureInfo.InvariantCulture, $"the sandbox did not start within {StartPatience.TotalSeconds:0} s: this machine is busy")
                : string.Create(CultureInfo.InvariantCulture, $"the query was stopped after {limits.Time.TotalSeconds:0} s"));
        }
    }

    /// <summary>Starts the process that the first question will find.</summary>
    public void Warm()
    {
        lock (gate)
            if (!closed) spare ??= Start();
    }

    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
            if (spare is not null) End(spare);
            spare?.Dispose();
            spare = null;
        }
        places.Dispose();
    }

    static async Task Ask(Process process, string question, CancellationToken cancel)
    {
        try
        {
            await process.StandardInput.WriteAsync(question.AsMemory(), cancel);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it was asked; what it complained of is the answer.
        }
    }

    async Task<JsonDocument> Answer(Process process, Task<string> complaints, CancellationToken cancel)
    {
        using var text = new MemoryStream();
        var block = new byte[1 << 16];
        while (await process.StandardOutput.BaseStream.ReadAsync(block, cancel) is var count and > 0)
        {
            text.Write(block, 0, count);
            if (text.Length > limits.AnswerBytes + (1 << 20)) throw new SqlException("the answer is too large");
        }
        if (text.Length == 0)
        {
            var said = (await complaints).Trim();
            throw new SqlException(said.Length == 0 ? "the query took more memory or time than it may" : said.Split('\n')[0]);
        }
        return JsonDocument.Parse(text.ToArray());
    }

    Process Take()
    {
        lock (gate)
        {
            var taken = spare is { HasExited: false } ready ? ready : Start();
            spare = closed ? null : Start();
            return taken;
        }
    }

    /// <summary>Nothing of this process's environment reaches it; what it gets is the size of its heap and no debugging port.</summary>
    Process Start()
    {
        var start = new ProcessStartInfo(Host())
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
            UseShellExecute = false,
        };
        foreach (var word in (string[])[Path.Combine(AppContext.BaseDirectory, "Flow.Cli.dll"), Verb, "--store", store]) start.ArgumentList.Add(word);
        foreach (var (option, value) in Options()) start.ArgumentList.Add($"{option}={value.ToString(CultureInfo.InvariantCulture)}");
        start.Environment.Clear();
        start.Environment["DOTNET_GCHeapHardLimit"] = (512 << 20).ToString("X", CultureInfo.InvariantCulture);
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start) ?? throw new InvalidOperationException("the sandbox did not start");
    }

    IEnumerable<(string, IConvertible)> Options() =>
        [("--seconds", limits.Time.TotalSeconds), ("--engine-memory", limits.EngineMemoryBytes), ("--threads", limits.Threads), ("--answer-bytes", limits.AnswerBytes)];

    /// <summary>The `dotnet` that runs this process, or the one beside the runtime where a test host or another program runs it.</summary>
    static string Host() => Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet"
        ? own
        : Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    static void End(Process process)
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
    }
}
