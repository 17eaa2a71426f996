using Flow.Domain.Planning;
using Flow.Jobs.Ledger;

namespace Flow.Jobs.Steps;

/// <summary>From a step's payload to the function that does it.</summary>
public static class StepBody
{
    public static Task Run(StepContext context)
    {
        Provenance.Here(context.Work.Attempt, Submissions.NeedOf(context.Step) == Need.Gpu ? context.Lab.Device : ComputeDevice.Cpu).Save(context.Directory);
        return Body(context);
    }

    static Task Body(StepContext context) => context.Step.Payload switch
    {
        Payload.Synth synth => OnThread(() => SynthStep.Run(context, synth)),
        Payload.FitCodec codec => OnThread(() => FitCodecStep.Run(context, codec)),
        Payload.Ingest ingest => IngestStep.Run(context, ingest),
        Payload.Pretrain or Payload.FineTune => TrainStep.Run(context),
        Payload.Import import => OnThread(() => ImportStep.Run(context, import)),
        Payload.Upcycle upcycle => OnThread(() => TrainStep.Run(context, upcycle)),
        Payload.HeldOutLoss loss => OnThread(() => HeldOutStep.Run(context, loss)),
        Payload.Evaluate evaluate => OnThread(() => EvaluateStep.Run(context, evaluate)),
        Payload.Baseline baseline => OnThread(() => BaselineStep.Run(context, baseline)),
        Payload.Fit fit => OnThread(() => FitStep.Run(context, fit)),
        Payload.Forecast forecast => OnThread(() => ForecastStep.Run(context, forecast)),
        Payload.Verdict verdict => OnThread(() => VerdictStep.Run(context, verdict)),
        Payload.Report report => OnThread(() => ReportStep.Run(context, report)),
        var other => throw new NotSupportedException(other.ToString()),
    };

    /// <summary>Numerical work keeps a thread to itself: dispose scopes belong to a thread, and the pool serves the graphs.</summary>
    static Task OnThread(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
