using Flow.Storage.Engines;

namespace Flow.Storage.Results;

/// <summary>
/// All results of all studies: two tables of Parquet files that any number of processes append to, and SQL over them.
/// Nothing is ever overwritten. When a killed step is resumed, its rows are written again by a later attempt; the views show each number
/// once: a row of an attempt is gone from the first optimizer step on at which a later attempt of the same step has a row.
/// </summary>
/// <remarks>Views: <c>results</c> and <c>curves</c> (see docs/results.md), <c>runs</c> (one row a run), and the unfiltered <c>all_results</c>, <c>all_curves</c>.</remarks>
public sealed class ResultStore(string root)
{
    const int ManyFiles = 64;

    readonly PartTable results = new(Path.Combine(root, "results"));
    readonly PartTable curves = new(Path.Combine(root, "curves"));

    /// <summary>Adds rows in one file, all or none. Rows that are equal to rows appended before in one call are not doubled.</summary>
    public void Append(IEnumerable<ResultRow> rows)
    {
        var list = rows.ToArray();
        if (list.Length > 0) results.Add(string.Join('\n', (IEnumerable<ResultRow>)list), ResultColumns.Of(list));
    }

    /// <inheritdoc cref="Append(IEnumerable{ResultRow})"/>
    public void Append(IEnumerable<CurveRow> rows)
    {
        var list = rows.ToArray();
        if (list.Length > 0) curves.Add(string.Join('\n', (IEnumerable<CurveRow>)list), ResultColumns.Of(list));
    }

    /// <summary>Answers one SELECT over the views.</summary>
    /// <exception cref="SqlException">The query is wrong or asks for more than reading the store.</exception>
    public QueryTable Query(string sql, int maxRows = int.MaxValue, CancellationToken cancel = default)
    {
        using var session = Open(new SqlLimits([root]));
        return session.Query(sql, maxRows, cancel);
    }

    /// <summary>A session for several queries. It sees what had been appended when it was opened.</summary>
    public ISqlSession Open(SqlLimits limits) => Engine.Sql.Open(limits, ResultViews.Sql(results.Files(), curves.Files()));

    /// <summary>
    /// Merges where there are so many files that opening them is what a query costs (1.5 ms each; a thousand runs leave thousands).
    /// Does nothing while another process merges.
    /// </summary>
    public void CompactIfMany()
    {
        foreach (var table in new[] { results, curves })
            if (table.Count > ManyFiles) TryCompact(table);
    }

    static void TryCompact(PartTable table)
    {
        try
        {
            table.Compact();
        }
        catch (Exception left) when (left is IOException or SqlException)
        {
            // Somebody else has the lock, the disk is full, or a file is damaged, which the next query names: the files stay as they are.
        }
    }

    /// <summary>Merges the many small files that appending leaves. May run at any time, beside writers and readers.</summary>
    public void Compact()
    {
        results.Compact();
        curves.Compact();
    }
}
