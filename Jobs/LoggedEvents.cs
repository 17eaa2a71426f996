using Flow.Jobs.Workers;

namespace Flow.Jobs;

/// <summary>Passes on what happens to steps of `flow run`, and writes it into their logs, as workers do for theirs.</summary>
sealed class LoggedEvents(string store, IProgress<StudyEvent> progress) : IProgress<StudyEvent>
{
    const string Worker = "flow run";

    public void Report(StudyEvent happened)
    {
        if (Line(happened) is var (what, text)) new StepLog(store, happened.Step, Worker, 0).Write(what, text);
        progress.Report(happened);
    }

    static (string What, string Text)? Line(StudyEvent happened) => happened switch
    {
        StudyEvent.Started e => ("began", e.Label),
        StudyEvent.Finished e => ("done", FormattableString.Invariant($"{e.Took.TotalSeconds:0.0} s")),
        StudyEvent.Failed e => ("failed", e.Message),
        StudyEvent.Noted e => ("note", e.Text),
        _ => null,
    };
}
