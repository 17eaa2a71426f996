namespace Flow.Bench.Data;

/// <summary>What happens to data before a trainer sees it: decoding, ingest, shards, and their stream. Files are in the page cache.</summary>
public static class DataBench
{
    public static IEnumerable<Ratio> Measure()
    {
        var root = Directory.CreateTempSubdirectory("flow-bench-").FullName;
        try
        {
            foreach (var ratio in IngestBench.Measure(root).Concat(ShardBench.Measure(root))) yield return ratio;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
