using Flow.Dataflow.Codecs;
using Flow.Domain;
using Flow.Domain.Planning;
using Flow.Storage.Shards;
using Flow.Training.Metrics;

namespace Flow.Jobs.Steps;

/// <summary>What a model was shown of a sample, interleaved RGB: from the source's files while they are there, else as the codec kept it.</summary>
/// <param name="Prompt">The next frame or the visible mask; null for depth.</param>
sealed record ShownImages(byte[] Image, byte[]? Prompt)
{
    /// <param name="ingest">How the shards were made; none for a folder that no study made.</param>
    public static ShownImages[] Of(StepContext context, Payload.Ingest? ingest, ShardedData data, Decoder decoder, LatentSample[] samples)
    {
        try
        {
            if (ingest is not null) return Photographs(context, ingest, samples);
        }
        catch (Exception gone) when (gone is BadInputException or BadFileException or IOException)
        {
            context.Note($"the gallery shows images as the codec kept them: {gone.Message}");
        }
        return [.. samples.Select(sample => new ShownImages(Decoded(data, decoder, sample, BlobSpec.Latents)!, Decoded(data, decoder, sample, BlobSpec.Prompt)))];
    }

    static ShownImages[] Photographs(StepContext context, Payload.Ingest ingest, LatentSample[] samples)
    {
        var source = DataPlaces.Open(context, ingest);
        var preparation = DataPlaces.Prepared(ingest.Dataset);
        var prompt = preparation.Images.ToList().IndexOf(BlobSpec.Prompt);
        var last = samples[^1].Id;
        var refs = source.List().TakeWhile(sample => sample.Id <= last).ToDictionary(sample => sample.Id);
        return [.. samples.Select(sample =>
        {
            var images = preparation.Prepare(source.Load(refs[sample.Id])).Images;
            return new ShownImages(TaskScore.Bytes(images[0]), prompt < 0 ? null : TaskScore.Bytes(images[prompt]));
        })];
    }

    static byte[]? Decoded(ShardedData data, Decoder decoder, LatentSample sample, string blob) =>
        data.Schema.IndexOf(blob) < 0 ? null : TaskScore.Bytes(decoder.Image(data.Latents(sample, blob)));
}
