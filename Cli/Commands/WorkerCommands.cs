using System.CommandLine;
using System.Net;
using System.Text;
using Flow.Domain;
using Flow.Jobs;
using Flow.Jobs.Ledger;
using Flow.Jobs.Workers;

namespace Flow.Cli.Commands;

/// <summary>`flow worker`, and `flow step`, the process that it runs each step in.</summary>
public static class WorkerCommands
{
    public static readonly Option<string?> Database = new("--database")
    {
        Description = "PostgreSQL for the ledger and the queues: a connection string, or @FILE that holds one (default: FLOW_DATABASE, else files in the store)",
    };

    public static readonly Option<string?> Engine = new("--engine") { Description = "Job engine: " + string.Join(" or ", Jobs.Engines.JobEngines.Names) };

    static readonly Option<string> Queues = new("--queues") { Description = "What to serve: cpu (data, fits, reports), gpu (training, measuring) or both", DefaultValueFactory = _ => "cpu,gpu" };
    public static readonly Option<string?> Devices = new("--devices") { Description = "One step of the gpu queue at a time on each: 0,1 for CUDA devices, cpu0,cpu1 for shares of the cores (default: --parallel shares)" };
    static readonly Option<int?> Health = new("--health") { Description = "Port on 127.0.0.1 of /healthz and /readyz" };
    static readonly Option<string> Log = new("--log") { Description = "text or json, on standard error", DefaultValueFactory = _ => "text" };

    static readonly Argument<string> Name = new("name");
    static readonly Option<string> Study = new("--study") { Required = true };
    static readonly Option<long> Fence = new("--fence") { Required = true };

    /// <summary>What --database or FLOW_DATABASE says.</summary>
    /// <exception cref="BadInputException">A password among the program's arguments, which every user of the machine can read.</exception>
    public static string? DatabaseOf(Call call)
    {
        if (call.Get(Database) is not { } given) return Environment.GetEnvironmentVariable("FLOW_DATABASE");
        return LedgerDatabase.HoldsPassword(given)
            ? throw new BadInputException("--database: a password on the command line can be read by everybody on this machine; put the connection string into FLOW_DATABASE or into a file and give @FILE")
            : given;
    }

    /// <summary>What --devices says.</summary>
    /// <exception cref="BadInputException">A name twice, or a CUDA device that isn't there.</exception>
    public static IReadOnlyList<string> DevicesOf(Call call, Lab lab)
    {
        var devices = call.Get(Devices) is { } named ? WorkerOptions.ReadDevices(named) : WorkerOptions.Shares(lab.Parallel);
        foreach (var number in devices.Where(WorkerOptions.IsAccelerator)) ComputeDevice.Checked($"cuda:{number}", Devices.Name);
        return devices;
    }

    public static Command Worker()
    {
        Log.AcceptOnlyFromAmong("text", "json");
        return Verb.Of("worker", "Run the steps of submitted studies until stopped", [Queues, Devices, RunCommands.Parallel, Database, Engine, Health, Log], async (call, cancel) =>
        {
            var lab = RunCommands.Lab(call, call.Get(RunCommands.Parallel));
            if (call.Get(Health) is < 0 or > IPEndPoint.MaxPort) throw new BadInputException($"--health: {call.Get(Health)} is no port; 0 takes a free one");
            var options = new WorkerOptions(
                WorkerOptions.ReadQueues(call.Get(Queues)), DevicesOf(call, lab), lab.Parallel, DatabaseOf(call), call.Get(Engine), null, call.Get(Health), call.Get(Log) == "json");
            await using var worker = await Jobs.Workers.Worker.Start(lab, options, Console.Error, cancel);
            await Task.Delay(Timeout.Infinite, cancel).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await worker.DisposeAsync();
            var ended = worker.Ended;
            call.Answer(
                new { worker = worker.Id, done = ended[StepEnd.Done], failed = ended[StepEnd.Failed], faults = ended[StepEnd.Fault], handed_back = ended[StepEnd.HandedBack], overtaken = ended[StepEnd.Overtaken] },
                $"{worker.Id}: {ended[StepEnd.Done]} steps done, {ended[StepEnd.Failed]} failed, {ended[StepEnd.HandedBack]} handed back");
            return Verb.Done;
        });
    }

    public static Command Step()
    {
        var command = Verb.Of("step", "Run one step under a worker's lease", [Name, Study, Fence, RunCommands.Parallel, RunCommands.Device], (call, cancel) =>
        {
            var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
            Console.SetOut(Console.Error); // whatever else is printed is no message
            return new StepProcess(new Lab(call.Store, call.Get(RunCommands.Parallel) ?? 1, Device: call.Get(RunCommands.Device)), Console.In, output)
                .Run(call.Get(Study), call.Get(Name), call.Get(Fence), cancel);
        });
        command.Hidden = true;
        return command;
    }
}
