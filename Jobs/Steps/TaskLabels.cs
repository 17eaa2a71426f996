using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Domain.Text;

namespace Flow.Jobs.Steps;

/// <summary>
/// The label rows that tell a generalist its task: behind the classes, in the order of the release (1000 depth, 1001 amodal, 1002 flow for
/// a model of 1000 classes; facts/models.md section 0). One row of the four is spare here, because we predict both components of flow at once.
/// </summary>
public static class TaskLabels
{
    public static long Of(ModelSpec model, PerceptionTask task) => model.Classes - StageSpec.FineTune.TaskLabels + task switch
    {
        PerceptionTask.Depth => 0,
        PerceptionTask.Amodal => 1,
        PerceptionTask.Flow => 2,
        _ => throw new NotSupportedException(task.ToString()),
    };

    /// <summary>The task of a generalist's label row, as rows spell it.</summary>
    public static string Named(ModelSpec model, long label) => Enum.GetValues<PerceptionTask>().Where(task => Of(model, task) == label)
        .Select(task => Spelling.Kebab(task.ToString())).Single();

    /// <summary>What a fine-tuned model is shown: a generalist its task, an image-to-image model the null row.</summary>
    public static long Shown(ModelSpec model, PerceptionTask task) =>
        model.Conditioning == Conditioning.Generalist ? Of(model, task) : model.LabelRows - 1;
}
