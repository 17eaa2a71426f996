using Flow.Domain.Planning;

namespace Flow.Jobs.Steps;

/// <summary>From a step's payload to the function that does it.</summary>
public static class StepBody
{
    public static Task Run(StepContext context) => context.Step.Payload switch
    {
        Payload.Fit fit => Task.Run(() => FitStep.Run(context, fit), context.Cancel),
        var other => throw new StepFailure($"no body for {other.Kind}"),
    };
}
