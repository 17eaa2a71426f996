using System.Diagnostics;
using System.Runtime.InteropServices;
using Flow.Jobs.Ledger;
using Flow.Jobs.Observability;
using Flow.Jobs.Steps;
using Flow.Storage.Steps;

namespace Flow.Jobs.Workers;

/// <summary>
/// The inside of a step's process (`flow step`): runs one step under a lease that its worker holds, and makes it final only with the
/// worker's word. Whatever happens here, an abort in native code or too little memory, ends this process and nothing else.
/// </summary>
public sealed class StepProcess(Lab lab, TextReader input, TextWriter output) : IProgress<StudyEvent>
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Faulted = 3;
    public const int Overtaken = 4;
    public const int Unleased = 5;
    public const int HandedBack = 130;

    static readonly TimeSpan Told = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    readonly Lock gate = new();
    readonly TaskCompletionSource<bool> mayCommit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Stopwatch sinceLease = Stopwatch.StartNew();
    readonly Stopwatch sinceTold = Stopwatch.StartNew();
    StudyEvent.Progressed? untold;

    /// <param name="study">Identity of a study that contains the step; it is recorded in the store.</param>
    /// <param name="fence">The lease's, which becomes the number of the attempt.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> Run(string study, string step, long fence, CancellationToken cancel)
    {
        using var telemetry = JobTelemetry.Export($"step {step}");
        using var trace = JobTelemetry.Traces.StartActivity("step process", ActivityKind.Internal, Environment.GetEnvironmentVariable("TRACEPARENT"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        new Thread(() => Listen(stop)) { IsBackground = true, Name = "worker's word" }.Start();
        await using var watch = new Timer(_ => EndIfUnleased(), null, Told, Told);
        try
        {
            return Tell(await RunStep.Once(token => Once(study, step, fence, token), stop.Token));
        }
        catch (OperationCanceledException)
        {
            return HandedBack;
        }
    }

    public void Report(StudyEvent happened)
    {
        if (happened is StudyEvent.Noted noted) Say(new ChildMessage(Note: noted.Text));
        if (happened is not StudyEvent.Progressed progressed) return;
        lock (gate) untold = progressed;
        if (sinceTold.Elapsed >= Told) TellProgress();
    }

    async Task Once(string study, string step, long fence, CancellationToken cancel)
    {
        var recorded = RecordedStudies.Find(lab.Root, study) ?? throw new StepFailure($"the store has no study {study} that this version of the program reads as it was submitted");
        var planned = recorded.Plan.Steps.Find(planned => planned.Name.Hex == step).IfNone(() => throw new StepFailure($"study {study} has no step {step}"));
        using var held = await StepLock.TakeLeased(lab.Root, step, Patience, () => Say(new ChildMessage(Note: "another process has this step: waiting for it")), cancel);
        if (lab.Steps.Exists(step))
        {
            PublishRows.Of(lab, recorded.Plan, planned);
            return;
        }
        var work = lab.Steps.Begin(step, fence);
        await StepBody.Run(new StepContext(lab, recorded.Plan, planned, work, recorded.BaseFolder, this, cancel));
        TellProgress();
        Say(new ChildMessage(Ready: true));
        if (!await mayCommit.Task.WaitAsync(cancel)) throw new StaleAttemptException(step, fence, "its lease is lost");
        work.Commit();
        PublishRows.Of(lab, recorded.Plan, planned);
    }

    int Tell(StepOutcome outcome)
    {
        switch (outcome)
        {
            case StepOutcome.Failed failed:
                Say(new ChildMessage(Failed: failed.Message));
                return Failed;
            case StepOutcome.Faulted { Cause: StaleAttemptException }:
                return Overtaken;
            case StepOutcome.Faulted { Cause: var cause }:
                Say(new ChildMessage(Fault: cause.Message, Detail: cause.ToString()));
                return Faulted;
            default:
                return Done;
        }
    }

    void Listen(CancellationTokenSource stop)
    {
        while (input.ReadLine() is { } word)
        {
            if (word == ChildMessage.Stop) _ = stop.CancelAsync();
            else sinceLease.Restart();
            if (word is ChildMessage.Commit or ChildMessage.Void) mayCommit.TrySetResult(word == ChildMessage.Commit);
        }
        EndNow();
    }

    /// <summary>The training thread reports at its own pace; what came last must not wait for the next step.</summary>
    void EndIfUnleased()
    {
        TellProgress();
        if (sinceLease.Elapsed > Lease.Duration) EndNow();
    }

    /// <summary>Nothing may be written any more, so nothing is tidied up either; checkpoints are whole at any moment.</summary>
    static void EndNow() => ExitNow(Unleased);

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern void ExitNow(int code);

    void TellProgress()
    {
        StudyEvent.Progressed? told;
        lock (gate)
        {
            (told, untold) = (untold, null);
            sinceTold.Restart();
        }
        if (told is not null)
            Say(new ChildMessage(new StepProgress(told.Fraction, told.Rate, told.Eta?.TotalSeconds, told.Detail, told.OptimizerStep, told.Loss)));
    }

    void Say(ChildMessage message)
    {
        lock (output)
        {
            output.WriteLine(message.ToLine());
            output.Flush();
        }
    }
}
