using Flow.Jobs;

namespace Flow.Dashboard;

/// <summary>One line of the live view: where a step stands.</summary>
/// <param name="State">running, done, found or failed.</param>
/// <param name="Fraction">0 to 1 while it is known.</param>
public sealed record StepLine(string Step, string Label, string State, double? Fraction, string Rate, double? EtaSeconds, string Detail);

/// <summary>What everybody who looks is shown of the steps that this process runs.</summary>
public sealed class Watch : IProgress<StudyEvent>
{
    public Latest<StepLine> Steps { get; } = new();

    public void Report(StudyEvent happened) => Steps.Change(happened.Step, before => After(before ?? new StepLine(happened.Step, "", "running", null, "", null, ""), happened));

    static StepLine After(StepLine before, StudyEvent happened) => happened switch
    {
        StudyEvent.Found e => before with { Label = e.Label, State = "found", Fraction = 1 },
        StudyEvent.Started e => before with { Label = e.Label, State = "running", Fraction = null, Detail = "" },
        StudyEvent.Progressed e => before with { Fraction = e.Fraction, Rate = e.Rate, EtaSeconds = e.Eta?.TotalSeconds, Detail = e.Detail },
        StudyEvent.Finished => before with { State = "done", Fraction = 1, EtaSeconds = null },
        StudyEvent.Failed e => before with { State = "failed", Detail = e.Message, EtaSeconds = null },
        StudyEvent.Noted e => before with { Detail = e.Text },
        _ => before,
    };
}
