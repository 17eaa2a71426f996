using Flow.Dataflow.Codecs;
using Flow.Domain;

namespace Flow.Jobs;

/// <summary>How a step ended.</summary>
public abstract record StepOutcome
{
    public sealed record Done : StepOutcome;

    /// <summary>Final: trying again would end the same.</summary>
    /// <param name="Detail">Where it was thrown, for a bug or a fault of the machine.</param>
    public sealed record Failed(string Message, string Detail = "") : StepOutcome;

    /// <summary>The machine's fault or a bug: another try may end otherwise.</summary>
    public sealed record Faulted(Exception Cause) : StepOutcome;
}

/// <summary>
/// The border for errors, for every kind of step: a <see cref="StepFailure"/> (or bad input) is final and keeps its message, any other
/// exception is the machine's or a bug and is tried again with back-off, a cancellation goes back to whoever queued the step.
/// </summary>
public static class RunStep
{
    static readonly TimeSpan[] Waits = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8)];

    /// <param name="body">Runs the step once; must be safe to run again after it threw.</param>
    /// <param name="retrying">Told of each fault that will be retried.</param>
    /// <exception cref="OperationCanceledException">The step was cancelled; what it wrote waits for the next attempt.</exception>
    public static async Task<StepOutcome> Run(Func<CancellationToken, Task> body, Action<string> retrying, CancellationToken cancel)
    {
        for (var attempt = 0; ; attempt++)
        {
            var outcome = await Once(body, cancel);
            if (outcome is not StepOutcome.Faulted fault) return outcome;
            if (attempt == Waits.Length) return new StepOutcome.Failed($"{fault.Cause.Message} (after {attempt + 1} attempts)", fault.Cause.ToString());
            retrying($"{fault.Cause.Message}; trying again in {Waits[attempt].TotalSeconds:0} s");
            await Task.Delay(Waits[attempt], cancel);
        }
    }

    /// <summary>As <see cref="Run"/>, without trying again.</summary>
    public static async Task<StepOutcome> Once(Func<CancellationToken, Task> body, CancellationToken cancel)
    {
        try
        {
            await body(cancel);
            return new StepOutcome.Done();
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception final) when (final is StepFailure or BadInputException or BadFileException)
        {
            return new StepOutcome.Failed(final.Message);
        }
#pragma warning disable CA1031 // nothing is swallowed: this is the border, and the fault is the answer
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return new StepOutcome.Faulted(fault);
        }
    }
}
