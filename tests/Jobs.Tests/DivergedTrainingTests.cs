using System.Text.RegularExpressions;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Jobs.Steps;
using Xunit;

namespace Flow.Jobs.Tests;

public sealed partial class DivergedTrainingTests : IDisposable
{
    const string Study = """
        {
          "name": "blown",
          "codec": { "like": "tiny", "fitOn": ["photos"] },
          "datasets": { "photos": { "like": "scene-photos", "scenes": 40 } },
          "run": { "model": "tiny-d48-l2", "stages": [
            { "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-pretrain", "steps": 60, "batch": 8, "optim": { "lr": 1000 } } } ] }
        }
        """;

    readonly string root = Directory.CreateTempSubdirectory("flow-blown-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task ADivergedTraining_NamesItsStepAndSamples_AndLeavesACheckpointToLookAt()
    {
        var plan = Plan.Of(StudyText.Read(Study).Match(Succ: study => study, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));
        var lab = new Lab(root, 1);
        var outcome = await new StudyRunner(lab, new Progress<StudyEvent>()).Run(plan, root, CancellationToken.None);
        var (step, message) = outcome.Failures[0];
        Assert.Equal(StepKind.Pretrain, step.Kind);
        var told = Told().Match(message);
        Assert.True(told.Success, message);
        var ids = told.Groups["ids"].Value.Split(' ').Select(long.Parse).ToList();
        Assert.Equal(8, ids.Count);
        Assert.All(ids, id => Assert.InRange(id, 0, 39));
        var state = Checkpoints.Latest(told.Groups["folder"].Value, Assert.Fail);
        Assert.Equal(long.Parse(told.Groups["step"].Value, System.Globalization.CultureInfo.InvariantCulture) - 1, state.Match(saved => saved.Step, () => -1));
    }

    [GeneratedRegex(@"diverged at step (?<step>\d+): .* on samples (?<ids>[\d ]+);.* It is in (?<folder>\S+)$")]
    private static partial Regex Told();
}
