using System.CommandLine;
using System.Globalization;
using Flow.Domain;
using Flow.Jobs.Steps;
using Flow.Storage.Shards;

namespace Flow.Cli.Commands;

/// <summary>`flow data ...`: what latent shards there are, what is in them, and whether they are still what was written.</summary>
public static class DataCommands
{
    static readonly Argument<string> Data = new("data") { Description = "A folder of shards, an address (https://host/path/, s3://bucket/prefix/), or the first digits of a data set of the store" };
    static readonly Argument<string[]> Some = new("data") { Description = "Folders, addresses, or first digits (default: every data set of the store)", Arity = ArgumentArity.ZeroOrMore };
    static readonly Option<int> Most = new("--samples") { Description = "At most so many samples are read", DefaultValueFactory = _ => 1000 };

    public static Command Build() => Verb.Group("data", "Data sets of latent shards: ls, show, verify, stats", List(), Show(), Verify(), Stats());

    static Command List() => Verb.Of("ls", "The data sets of the store, or those named", [Some], call =>
    {
        // One that is damaged is listed with what is wrong with it: verify says more.
        var named = call.Get(Some).Select(one => (Name: one, Folder: DataFolders.Find(call.Store, one))).ToList();
        var rows = (named.Count > 0 ? named : DataFolders.In(call.Store)).Select(data => (data.Name, data.Folder, Index: Read(data.Folder))).ToList();
        call.Answer(
            rows.Select(row => new
            {
                name = row.Name,
                folder = row.Folder,
                place = DatasetFiles.At(row.Folder).Place,
                dataset = row.Index?.Schema.Dataset,
                samples = row.Index?.Samples,
                bytes = row.Index?.Shards.Sum(shard => shard.Bytes),
                damaged = row.Index is null,
            }),
            rows.Count == 0
                ? $"no data sets in {call.Store}: run a study, or flow ingest"
                : TextTable.Of(["name", "data set", "samples", "size", "place"], rows.Select(row => (IReadOnlyList<string>)(row.Index is { } index
                    ? [Short(row.Name), index.Schema.Dataset, Quantity.Count(index.Samples), Quantity.Of(index.Shards.Sum(shard => shard.Bytes), "B"), DatasetFiles.At(row.Folder).Place]
                    : [Short(row.Name), "(its index is damaged)", "", "", row.Folder]))));
        return Verb.Done;
    });

    static Command Show() => Verb.Of("show", "Codec, columns, shards, labels and splits of one data set", [Data], call =>
    {
        var folder = DataFolders.Find(call.Store, call.Get(Data));
        var index = Open(folder);
        call.Answer(
            new
            {
                folder,
                place = DatasetFiles.At(folder).Place,
                dataset = index.Schema.Dataset,
                samples = index.Samples,
                dataset_hash = index.DatasetHash,
                codec_hash = index.Schema.CodecHash,
                scale_factor = index.Schema.ScaleFactor,
                properties = index.Schema.Properties,
                blobs = index.Schema.Blobs.Select(blob => new { name = blob.Name, type = blob.Type.ToString().ToLowerInvariant(), shape = blob.Shape }),
                labels = index.Labels,
                splits = index.Splits,
                shards = index.Shards.Select(shard => new { file = shard.File, rows = shard.Rows, bytes = shard.Bytes, sha256 = shard.Sha256 }),
            },
            string.Join(Environment.NewLine, (string[])
            [
                $"{index.Schema.Dataset}: {index.Samples} samples in {index.Shards.Count} shards, {Quantity.Of(index.Shards.Sum(shard => shard.Bytes), "B")}",
                $"place       {DatasetFiles.At(folder).Place}",
                $"hash        {index.DatasetHash}",
                string.Create(CultureInfo.InvariantCulture, $"codec       {index.Schema.CodecHash[..12]}, latents times {index.Schema.ScaleFactor:0.#####}"),
                .. index.Schema.Properties.Select(property => $"{property.Key,-11} {property.Value}"),
                $"splits      {Counts(index.Splits)}",
                $"labels      {Counts(index.Labels)}",
                "",
                TextTable.Of(["column", "type", "shape"], index.Schema.Blobs.Select(blob =>
                    (IReadOnlyList<string>)[blob.Name, blob.Type.ToString().ToLowerInvariant(), string.Join(" x ", blob.Shape)])),
                "",
                TextTable.Of(["shard", "rows", "bytes"], index.Shards.Select(shard =>
                    (IReadOnlyList<string>)[shard.File, Quantity.Count(shard.Rows), Quantity.Of(shard.Bytes, "B")])),
            ]));
        return Verb.Done;
    });

    static Command Verify() => Verb.Of("verify", "Read every byte and say what is not what was written; exit code 1 when anything is", [Some], (call, cancel) =>
    {
        var named = call.Get(Some);
        var folders = named.Length > 0 ? [.. named.Select(one => DataFolders.Find(call.Store, one))] : DataFolders.In(call.Store).Select(data => data.Folder).ToList();
        var checkedOnes = folders.Select(folder => (Folder: folder, Damage: DatasetVerifier.FindDamage(folder, cancel))).ToList();
        var sound = checkedOnes.TrueForAll(data => data.Damage.Count == 0);
        call.Answer(
            checkedOnes.Select(data => new { folder = data.Folder, sound = data.Damage.Count == 0, damage = data.Damage }),
            checkedOnes.Count == 0
                ? $"no data sets in {call.Store}"
                : string.Join(Environment.NewLine, checkedOnes.SelectMany(data => data.Damage.Count == 0 ? [$"sound    {data.Folder}"] : data.Damage.Select(what => $"DAMAGED  {what}"))));
        return Task.FromResult(sound ? Verb.Done : Verb.Failed);
    });

    static Command Stats() => Verb.Of("stats", "Mean and standard deviation of each latent column, channel by channel", [Data, Most], (call, cancel) =>
    {
        if (call.Get(Most) < 1) throw new BadInputException($"--samples: {call.Get(Most)} is not positive");
        var folder = DataFolders.Find(call.Store, call.Get(Data));
        Open(folder);
        var columns = LatentStatistics.Of(new ShardedData(folder), call.Get(Most), cancel);
        call.Answer(
            columns.Select(column => new { blob = column.Blob, samples = column.Samples, channels = column.Channels.Select(c => new { mean = c.Mean, std = c.Deviation, low = c.Low, high = c.High }) }),
            TextTable.Of(["column", "channel", "mean", "std", "low", "high"], columns.SelectMany(column => column.Channels.Select((c, i) =>
                (IReadOnlyList<string>)[column.Blob, i.ToString(CultureInfo.InvariantCulture), Short(c.Mean), Short(c.Deviation), Short(c.Low), Short(c.High)]))));
        return Task.FromResult(Verb.Done);
    });

    /// <summary>The index, or what is wrong with the folder as bad input.</summary>
    static DatasetIndex Open(string folder)
    {
        try
        {
            return DatasetFiles.At(folder).Index();
        }
        catch (FileNotFoundException missing)
        {
            throw new BadInputException(missing.Message);
        }
    }

    static DatasetIndex? Read(string folder)
    {
        try
        {
            return DatasetFiles.At(folder).Index();
        }
        catch (Exception damage) when (damage is IOException or InvalidDataException)
        {
            return null;
        }
    }

    static string Counts(IReadOnlyDictionary<string, long> counts) => counts.Count > 12
        ? $"{counts.Count} different"
        : string.Join(", ", counts.Select(count => $"{count.Key}: {count.Value}"));

    /// <summary>The first digits of a step's name; a place as it is.</summary>
    static string Short(string name) => name.All(char.IsAsciiHexDigitLower) && name.Length > 12 ? name[..12] : name;

    static string Short(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
