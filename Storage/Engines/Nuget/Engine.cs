namespace Flow.Storage.Engines;

/// <summary>The engines of this build (Engines=nuget).</summary>
public static class Engine
{
    public static IParquetEngine Parquet { get; } = new ParquetNetEngine();

    public static ISqlEngine Sql { get; } = new DuckDbNetSql();
}
