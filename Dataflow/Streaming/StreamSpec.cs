namespace Flow.Dataflow.Streaming;

/// <summary>One dataset of a stream.</summary>
/// <param name="Folder">Folder or address of a finished dataset (with its index); see <see cref="Storage.Shards.DatasetFiles.At"/>.</param>
/// <param name="Weight">Share of the samples, relative to the other sources'; positive.</param>
public sealed record StreamSource(string Folder, double Weight = 1);

/// <summary>What to stream, and which part of it. Everything but the last three fields decides the order of samples; those never do.</summary>
/// <param name="Sources">One dataset, or several that are mixed by weight.</param>
/// <param name="Seed">Of the order, the mixture and the flips.</param>
/// <param name="Batch">Samples of one global batch, over all workers.</param>
/// <param name="Conditions">Images that condition the model: 0 for photographs with labels, 1 for the photograph, 2 for it and its prompt.</param>
/// <param name="Flip">Mirror each sample with probability 1/2.</param>
/// <param name="Start">The first global batch to give: the number of optimizer steps already taken.</param>
/// <param name="Stop">The first global batch not to give; none means to go on for ever.</param>
/// <param name="Worker">This worker, from 0; it gets its share of the slots of every global batch.</param>
/// <param name="Workers">Data-parallel workers; must divide <paramref name="Batch"/>.</param>
/// <param name="WindowGroups">
/// Row groups that are shuffled into each other. More mixes better and holds more in memory (two windows at a time). 8 groups of the
/// default 8 MB are 64 MB.
/// </param>
/// <param name="Readers">Row groups read at the same time.</param>
public sealed record StreamSpec(
    IReadOnlyList<StreamSource> Sources,
    int Seed,
    int Batch,
    int Conditions = 0,
    bool Flip = true,
    long Start = 0,
    long? Stop = null,
    int Worker = 0,
    int Workers = 1,
    int WindowGroups = 8,
    int Readers = 2);
