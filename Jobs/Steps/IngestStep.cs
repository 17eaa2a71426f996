using System.Globalization;
using Flow.Dataflow.Ingest;
using Flow.Domain.Data;
using Flow.Domain.Pipelines;
using Flow.Domain.Planning;
using Flow.Storage.Shards;
using Flow.Training.Codecs;

namespace Flow.Jobs.Steps;

/// <summary>Encodes a data set into latent shards, or takes existing ones into use; finished shards of an interrupted attempt stay.</summary>
public static class IngestStep
{
    public static async Task Run(StepContext context, Payload.Ingest payload)
    {
        if (payload.Dataset is DatasetSpec.Shards shards)
        {
            ExistingShards.Take(context, shards, payload);
            return;
        }
        var source = DataPlaces.Open(context, payload);
        foreach (var warning in source.Warnings) context.Note(warning);
        var preparation = DataPlaces.Prepared(payload.Dataset);
        var codec = FitCodecStep.Load(context.Open(payload.CodecStep), context.Lab.Device);
        using var owned = codec as IDisposable;
        PipelineState? graph = null;
        using var watch = new PipelineWatch(context.Directory, () => graph);
        var report = await IngestGraph.Run(
            source, preparation, Encoder(codec, TargetScale(payload.Codec), preparation.Size), context.Directory,
            IngestOptions.For(preparation.Size), at =>
            {
                graph = at.Graph;
                Report(context, at);
            }, context.Cancel);
        foreach (var problem in report.Problems) context.Note($"skipped: {problem}");
        if (report.Index.Samples == 0) throw new StepFailure($"{source.Name}: not one sample could be read; {(report.Problems.Count > 0 ? report.Problems[0] : "")}");
    }

    /// <summary>The codec as the graph sees it; latents of targets are divided by their own scale.</summary>
    public static ImageEncoder Encoder(ILatentCodec codec, double targetScale, int size) => new(
        codec.Hash,
        codec.ScaleFactor,
        codec.Shape(size, size),
        (batch, _) =>
        {
            var latents = codec.Encode(ImageBatch.Of(batch.Count, batch.Size, batch.Size, batch.Planes));
            if (batch.Blob.StartsWith(BlobSpec.Target, StringComparison.Ordinal))
                for (var i = 0; i < latents.Length; i++) latents[i] = (float)(latents[i] / targetScale);
            return Task.FromResult(latents);
        });

    /// <summary>What the latents of targets were divided by; a decoder multiplies by it.</summary>
    public static double TargetScale(CodecSpec codec) => codec is CodecSpec.PatchPca pca ? pca.TargetScale : 1;

    static void Report(StepContext context, IngestProgress at) => context.Report(
        at.Fraction,
        string.Create(CultureInfo.InvariantCulture, $"{at.SamplesPerSecond:0} samples/s"),
        at.Remaining,
        at.Skipped == 0 ? "" : $"{at.Skipped} skipped");
}
