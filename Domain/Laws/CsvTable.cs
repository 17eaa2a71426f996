using System.Globalization;
using Flow.Domain.Text;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>
/// Points in a table: a header line, one row a point, separated by commas, semicolons or tabs; no quotes needed because there are only numbers and
/// names. Lines that are empty or start with # are left out. A JSON list of objects is the same table: one object a point.
/// </summary>
/// <param name="Columns">The header's names.</param>
/// <param name="Rows">One array of cells per row, as long as the header.</param>
public sealed record CsvTable(Seq<string> Columns, Seq<string[]> Rows)
{
    public static Validation<SpecError, CsvTable> Parse(string text) => text.TrimStart('\uFEFF', ' ', '\r', '\n', '\t').StartsWith('[') ? OfJson(text) : OfLines(text);

    static Validation<SpecError, CsvTable> OfJson(string text) => JsonText.Parse(text).Bind(json =>
    {
        var points = ((Json.List)json).Items;
        var columns = points.OfType<Json.Object>().SelectMany(point => point.Fields.Map(field => field.Name)).Distinct().ToArray();
        var bad = points.Map((i, point) => (i, point)).Filter(at => at.point is not Json.Object)
            .Map(at => new SpecError($"points[{at.i}]", at.point.ToString(), "not an object with a value for each column")).ToSeq().Strict();
        if (!bad.IsEmpty) return Validation<SpecError, CsvTable>.Fail(bad);
        if (points.IsEmpty) return Fail<SpecError, CsvTable>(new("points", "an empty list", "without points"));
        return Success<SpecError, CsvTable>(new(columns.ToSeq(), points.Map(point => columns.Select(name => Cell(((Json.Object)point).Find(name))).ToArray()).Strict()));
    });

    static string Cell(Option<Json> value) => value.Match(json => json is Json.Text text ? text.Value : json is Json.Null ? "" : json.ToString(), () => "");

    static Validation<SpecError, CsvTable> OfLines(string text)
    {
        var lines = text.Split('\n').Select((line, i) => (Text: line.Trim('\r', ' ', '\uFEFF'), Number: i + 1))
            .Where(l => l.Text.Length > 0 && l.Text[0] != '#').ToArray();
        if (lines.Length < 2) return Fail<SpecError, CsvTable>(new("points", $"a table of {lines.Length} lines", "without points: a header and rows are needed"));
        var separator = ",;\t".First(mark => lines[0].Text.Contains(mark, StringComparison.Ordinal) || mark == '\t');
        string[] Cells(string line) => [.. line.Split(separator).Select(cell => cell.Trim().Trim('"'))];
        var header = Cells(lines[0].Text);
        var ragged = lines.Skip(1).Where(l => Cells(l.Text).Length != header.Length)
            .Select(l => new SpecError($"points line {l.Number}", $"{Cells(l.Text).Length} cells", $"not the {header.Length} of the header")).ToSeq();
        return ragged.IsEmpty
            ? Success<SpecError, CsvTable>(new(header.ToSeq(), lines.Skip(1).Select(l => Cells(l.Text)).ToSeq()))
            : Validation<SpecError, CsvTable>.Fail(ragged.Strict());
    }

    /// <summary>A column of positive numbers; every cell that is none is named.</summary>
    public Validation<SpecError, double[]> Numbers(string column)
    {
        var index = Columns.ToList().IndexOf(column);
        if (index < 0) return Fail<SpecError, double[]>(new("columns", column, $"not a column of the table, which has {string.Join(", ", Columns)}"));
        var cells = Rows.Map(row => (Text: row[index], Value: Number(row[index]))).ToArray();
        var bad = cells.Select((c, i) => (c.Text, c.Value, Row: i + 1)).Where(c => c.Value.IsNone)
            .Select(c => new SpecError($"points row {c.Row}, {column}", c.Text.Length == 0 ? "an empty cell" : c.Text, "not a positive number")).ToSeq();
        return bad.IsEmpty ? Success<SpecError, double[]>([.. cells.Select(c => c.Value.IfNone(0))]) : Validation<SpecError, double[]>.Fail(bad.Strict());
    }

    /// <summary>A column of names, such as the runs.</summary>
    public Option<string[]> Names(string column)
    {
        var index = Columns.ToList().IndexOf(column);
        return index < 0 ? None : Some(Rows.Map(row => row[index]).ToArray());
    }

    /// <summary>The rows whose column holds a value; a value that no row has is told with those that there are.</summary>
    public Validation<SpecError, CsvTable> Where(string column, string value)
    {
        var index = Columns.ToList().IndexOf(column);
        if (index < 0) return Fail<SpecError, CsvTable>(new("where", column, $"not a column of the table, which has {string.Join(", ", Columns)}"));
        var kept = Rows.Filter(row => row[index] == value).Strict();
        return kept.IsEmpty
            ? Fail<SpecError, CsvTable>(new("where", $"{column}={value}", $"in no row; {column} is {Shown(Rows.Map(row => row[index]).Distinct().ToArray())}"))
            : Success<SpecError, CsvTable>(this with { Rows = kept });
    }

    static string Shown(string[] values) => string.Join(", ", values.Take(20)) + (values.Length > 20 ? $" and {values.Length - 20} others" : "");

    static Option<double> Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value > 0 && double.IsFinite(value) ? Some(value) : None;
}
