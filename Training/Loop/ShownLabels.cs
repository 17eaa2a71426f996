using Flow.Domain.Data;
using Flow.Domain.Models;
using Flow.Training.Models;

namespace Flow.Training.Loop;

/// <summary>Which label rows the network is shown.</summary>
public static class ShownLabels
{
    /// <summary>
    /// In class-conditional training the labels, some dropped; in image-to-image training the null row (the last of the table) for all, as
    /// the class is not known when a photograph is given; for the generalist the rows of the tasks.
    /// </summary>
    public static long[] InTraining(ModelSpec model, LatentBatch batch, int seed) => model.Conditioning switch
    {
        Conditioning.ImageToImage => InEvaluation(model, batch),
        Conditioning.Generalist => batch.Labels,
        _ => LabelDropout.Apply(batch.Labels, batch.SampleIds, batch.Epochs, model.ClassDropout, model.LabelRows - 1, seed),
    };

    /// <summary>As in training, with nothing dropped.</summary>
    public static long[] InEvaluation(ModelSpec model, LatentBatch batch) =>
        model.Conditioning == Conditioning.ImageToImage ? [.. Enumerable.Repeat(model.LabelRows - 1L, batch.Count)] : batch.Labels;
}
