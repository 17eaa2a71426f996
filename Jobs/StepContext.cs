using Flow.Domain.Planning;
using Flow.Storage.Steps;

namespace Flow.Jobs;

/// <summary>What a running step may touch: its own work directory, the finished directories of its inputs, and whoever watches.</summary>
/// <param name="Work">Where it writes; holds the checkpoints of an earlier attempt, if there was one.</param>
/// <param name="BaseFolder">Where relative paths of the study's data sets start.</param>
public sealed record StepContext(Lab Lab, Plan Plan, Step Step, StepWork Work, string BaseFolder, IProgress<StudyEvent> Progress, CancellationToken Cancel)
{
    public string Directory => Work.Directory;

    /// <summary>The finished directory of a step that this one reads.</summary>
    public string Open(StepId input) => Lab.Steps.Open(input.Hex);

    public string InWork(string file) => Path.Combine(Directory, file);

    /// <param name="fraction">0 to 1, or none while the length is unknown.</param>
    public void Report(double? fraction, string rate, TimeSpan? eta, string detail, long? optimizerStep = null, double? loss = null) =>
        Progress.Report(new StudyEvent.Progressed(Step.Name.Hex, fraction, rate, eta, detail, optimizerStep, loss));

    public void Note(string text) => Progress.Report(new StudyEvent.Noted(Step.Name.Hex, text));
}
