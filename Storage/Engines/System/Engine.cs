namespace Flow.Storage.Engines;

/// <summary>The engines of this build (Engines=system).</summary>
public static class Engine
{
    public static IParquetEngine Parquet { get; } = new DuckDbParquet();

    public static ISqlEngine Sql { get; } = new DuckDbSql();
}
