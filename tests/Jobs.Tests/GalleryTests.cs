using Flow.Dataflow.Codecs;
using Flow.Domain.Planning;
using Flow.Jobs.Steps;
using Xunit;

namespace Flow.Jobs.Tests;

/// <summary>What an evaluation leaves beside its numbers, for each task, on real predictions of a model that was trained for it.</summary>
public sealed class GalleryTests : IDisposable
{
    readonly string root = Directory.CreateTempSubdirectory("flow-gallery-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("depth", "hypersim", false, "absrel")]
    [InlineData("flow", "flying-chairs", true, "epe")]
    public async Task EverySampler_HasPictureNumbersErrorAndUncertaintyOfTheSameSamples(string task, string layout, bool prompt, string metric)
    {
        var (lab, plan) = await Run(task, layout);
        CheckGallery(Folder(lab, plan, StepKind.Evaluate), task, prompt, metric);
        var report = await File.ReadAllTextAsync(Path.Combine(lab.Steps.Open(plan.Identity.Hex), "report.html"));
        Assert.Contains($"Test-time compute: {metric}", report, StringComparison.Ordinal);
        Assert.Contains("2 steps x 3, ddim trailing median", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AmodalRows_HaveTheCeilingsAndTheCopiedMaskBesideThem()
    {
        var (lab, plan) = await Run("amodal", "pix2gestalt");
        CheckGallery(Folder(lab, plan, StepKind.Evaluate), "amodal", prompt: true, "iou");
        var rows = lab.Results.Query("select metric, value from results where stage = 'evaluate' and sampler_steps = 1").Rows.ToDictionary(row => $"{row[0]}", row => (double)row[1]!);
        var (ceiling, codec, copy) = (rows["iou_ceiling"], rows["iou_codec_ceiling"], rows["iou_copy_visible"]);
        Assert.InRange(ceiling, 0.9, 1);
        Assert.InRange(codec, 0.2, ceiling - 0.01); // a codec fitted on 24 scenes dims the white around objects
        Assert.InRange(copy, 0.1, 0.99);
        var baseline = Measurements.Of(Folder(lab, plan, StepKind.Baseline)).Match(found => found.Values, () => []);
        Assert.Equal(copy, baseline.Single(one => one is { Metric: "iou", Sampler: "copy_visible" }).Value, 1e-12);
    }

    async Task<(Lab Lab, Plan Plan)> Run(string task, string layout)
    {
        var (lab, plan) = (new Lab(root, 2), PerceptionStudy.Of(task, layout));
        Assert.Empty((await new StudyRunner(lab, new PerceptionStudy.Quiet()).Run(plan, root, CancellationToken.None)).Failures);
        return (lab, plan);
    }

    static string Folder(Lab lab, Plan plan, StepKind kind) => lab.Steps.Open(plan.Steps.Find(one => one.Kind == kind).Match(found => found.Name.Hex, () => ""));

    static void CheckGallery(string step, string task, bool prompt, string metric)
    {
        var gallery = GalleryIndex.Of(step)!;
        Assert.Equal((task, 64, 6), (gallery.Task, gallery.Size, gallery.Samples.Count));
        foreach (var sample in gallery.Samples)
        {
            Assert.Equal(prompt, sample.Prompt is not null);
            Assert.Equal([(1, 1), (2, 3), (2, 3)], sample.Predictions.Select(one => (one.Steps, one.Ensemble)));
            Assert.Equal([false, true, true], sample.Predictions.Select(one => one.Uncertainty is not null));
            Assert.Equal([1.0, 6, 6], sample.Predictions.Select(one => one.Macs / sample.Predictions[0].Macs));
            string?[] pictures = [sample.Image, sample.Prompt, sample.Truth, .. sample.Predictions.SelectMany(one => (string?[])[one.Picture, one.Error, one.Uncertainty])];
            Assert.All(pictures.OfType<string>(), name => Assert.Equal((64, 64), Size(Path.Combine(GalleryIndex.FolderOf(step), name))));
            Assert.All(sample.Predictions.Select(one => one.Raw).Append(sample.TruthRaw), name => Assert.True(File.Exists(Path.Combine(GalleryIndex.FolderOf(step), name)), name));
        }
        // Two reductions of one ensemble are two predictions: their files must not be one.
        Assert.Equal(18, gallery.Samples.SelectMany(sample => sample.Predictions).Select(one => one.Picture).Distinct().Count());
        Assert.All(gallery.Samples.SelectMany(sample => sample.Predictions), one => Assert.True(double.IsFinite(one.Scores[metric])));
    }

    static (int, int) Size(string path)
    {
        var image = Png.Decode(File.ReadAllBytes(path), path);
        return (image.Width, image.Height);
    }
}
