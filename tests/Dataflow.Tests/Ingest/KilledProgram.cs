using Flow.Dataflow.Ingest;
using Flow.Dataflow.Sources;
using Flow.Domain.Data;
using Flow.Storage.Shards;

namespace Flow.Dataflow.Tests.Ingest;

/// <summary>What the kill test starts and kills: an ingest that prints how many samples it has appended, slowly enough to be hit.</summary>
public static class KilledProgram
{
    public const int Samples = 800;

    public const int Size = 16;

    /// <summary>Shards of 40 samples of 2 x 24 bytes.</summary>
    static readonly IngestOptions Options = new(8, 2, Shards: new ShardSizes(GroupBytes: 8 * 48, ShardBytes: 40 * 48));

    public static async Task<int> Main(string[] arguments)
    {
        var report = await Ingest(arguments[0], TimeSpan.FromMilliseconds(2), Console.WriteLine);
        return report.Index.Samples == Samples ? 0 : 1;
    }

    /// <param name="tell">Gets the number of encoded samples of this run.</param>
    public static Task<IngestReport> Ingest(string folder, TimeSpan pause, Action<int> tell)
    {
        var source = Synthetic.Open(new DatasetSpec.Synthetic(DatasetLayout.Imagenet, Samples, Size));
        var (pooling, encoded) = (Pooling.For(Size), 0);
        var encoder = pooling with
        {
            Encode = async (batch, cancel) =>
            {
                await Task.Delay(pause, cancel);
                if (batch.Blob == BlobSpec.Latents) tell(encoded += batch.Count);
                return await pooling.Encode(batch, cancel);
            },
        };
        return IngestGraph.Run(source, Preparation.For(source.Task, Size), encoder, folder, Options);
    }
}
