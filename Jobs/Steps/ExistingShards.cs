using Flow.Domain.Data;
using Flow.Domain.Planning;
using Flow.Storage.Files;
using Flow.Storage.Remote;
using Flow.Storage.Shards;
using Flow.Training.Codecs;

namespace Flow.Jobs.Steps;

/// <summary>
/// Shards that were made elsewhere, taken into use where they are: the step keeps their index and their address, and readers fetch what
/// they need.
/// </summary>
static class ExistingShards
{
    /// <exception cref="StepFailure">There are no shards, or others than the study names, or its codec is another.</exception>
    public static void Take(StepContext context, DatasetSpec.Shards shards, Payload.Ingest payload)
    {
        var address = DataPlaces.Resolve(shards.Address, context.BaseFolder);
        var files = DatasetFiles.At(address);
        var index = Index(files, shards, context.Cancel);
        var codec = FitCodecStep.Load(context.Open(payload.CodecStep));
        using var owned = codec as IDisposable;
        if (index.Schema.CodecHash != codec.Hash)
            throw new StepFailure($"{files.Place} was encoded by the codec {index.Schema.CodecHash}, the study's is {codec.Hash}: name that codec in the study (codec.fitOn takes the one that lies beside embedded shards)");
        var wanted = DataPlaces.Prepared(shards).Schema("", IngestStep.Encoder(codec, IngestStep.TargetScale(payload.Codec), shards.Size)).Blobs;
        if (!index.Schema.Blobs.SequenceEqual(wanted))
            throw new StepFailure(
                $"{files.Place} has the columns {Columns(index.Schema.Blobs)}, but layout {shards.Layout} at {shards.Size} pixels has {Columns(wanted)}: correct the study's layout or size");
        new Origin(address).Save(context.Directory, index);
        context.Note($"{index.Samples} samples stay at {files.Place}");
    }

    /// <summary>The codec that lies beside the shards, checked against what they say of it.</summary>
    public static void TakeCodec(StepContext context, DatasetSpec.Shards shards, CodecSpec.PatchPca spec, string into)
    {
        var files = DatasetFiles.At(DataPlaces.Resolve(shards.Address, context.BaseFolder));
        var index = Index(files, shards, context.Cancel);
        try
        {
            AtomicFile.Write(into, stream => stream.Write(files.Beside(Path.GetFileName(into), context.Cancel)));
        }
        catch (FileNotFoundException missing)
        {
            throw new StepFailure($"{files.Place} has shards and no codec beside them: copy {Path.GetFileName(into)} of `flow ingest` there, or name the codec's published weights. {missing.Message}");
        }
        var codec = PatchCodecFile.Load(into);
        if (codec.Hash != index.Schema.CodecHash)
            throw new StepFailure($"{files.Place}: the codec beside the shards is {codec.Hash}, they were encoded by {index.Schema.CodecHash}: copy the right one there");
        if (codec.Spec != new PatchCodecSpec(spec.Downsample, spec.Channels, spec.Margin))
            throw new StepFailure(
                $"{files.Place}: the codec beside the shards has downsample {codec.Spec.Downsample}, channels {codec.Spec.Channels}, margin {codec.Spec.Margin}: write the same in the study's codec");
    }

    static DatasetIndex Index(DatasetFiles files, DatasetSpec.Shards shards, CancellationToken cancel)
    {
        try
        {
            var index = files.Index(cancel);
            return index.DatasetHash == shards.Content
                ? index
                : throw new StepFailure($"{files.Place} holds the data set {index.DatasetHash}, the study names {shards.Content}: put the hash of the one you mean into content");
        }
        catch (FileNotFoundException missing)
        {
            throw new StepFailure(missing.Message);
        }
    }

    static string Columns(IEnumerable<BlobSpec> blobs) => string.Join(", ", blobs.Select(blob => $"{blob.Name}[{string.Join('x', blob.Shape)}]"));
}
