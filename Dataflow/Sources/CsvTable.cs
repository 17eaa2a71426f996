using System.Globalization;
using System.Numerics;
using Flow.Dataflow.Codecs;

namespace Flow.Dataflow.Sources;

/// <summary>A small table of comma-separated values without quotes, as Hypersim's metadata are.</summary>
sealed class CsvTable
{
    readonly string path;
    readonly string[] columns;
    readonly List<string[]> rows;

    public CsvTable(string path)
    {
        this.path = path;
        var lines = File.ReadLines(path).Where(line => line.Length > 0).Select(line => line.Split(',')).ToList();
        columns = lines.Count > 0 ? lines[0] : throw new BadFileException(path, "is empty", "fetch the file again");
        rows = lines[1..];
        if (rows.FindIndex(row => row.Length != columns.Length) is >= 0 and var wrong)
            throw new BadFileException(path, $"has {rows[wrong].Length} values in line {wrong + 2} and {columns.Length} columns", "fetch the file again");
    }

    /// <summary>The named columns of every row.</summary>
    public IEnumerable<string[]> Select(params string[] names)
    {
        var places = Array.ConvertAll(names, name => Array.IndexOf(columns, name) is >= 0 and var place
            ? place
            : throw new BadFileException(path, $"has no column {name}", "fetch the file again"));
        return rows.Select(row => Array.ConvertAll(places, place => row[place]));
    }

    /// <summary>A cell as a number.</summary>
    public T Number<T>(string cell, string column) where T : INumber<T> => T.TryParse(cell, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new BadFileException(path, $"has \"{cell}\" where {column} should be a number", "fetch the file again");
}
