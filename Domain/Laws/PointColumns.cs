using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>The columns of a table by the role that they play in a law.</summary>
internal sealed record PointColumns(CsvTable Table, Map<string, string> Named)
{
    /// <summary>Points of a law in one variable, with the names of its axes.</summary>
    public Validation<SpecError, (Seq<Observation> Points, string X, string Y)> Observations()
    {
        var (x, y) = (First("x", "flops", "params", "tokens"), First("y", "loss"));
        var runs = Names("run");
        return (Numbers(x, "x"), Numbers(y, "y"), Has("weight") ? Numbers(Some("weight"), "weight") : Success<SpecError, double[]>([])).Apply((xs, ys, weights) => (
            xs.Select((v, i) => new Observation(v, ys[i], runs.Match(r => r[i], () => $"row {i + 1}"), weights.Length > 0 ? weights[i] : 1)).ToSeq(),
            Column(x.IfNone("x")), Column(y.IfNone("y"))));
    }

    /// <summary>Points of a law in size and data, with the name of the loss. Of size, tokens and compute one may be missing.</summary>
    public Validation<SpecError, (Seq<TrainingPoint> Points, string Loss)> Training()
    {
        var missing = Seq("params", "tokens", "flops").Filter(role => !Has(role));
        if (missing.Count > 1)
            return Fail<SpecError, (Seq<TrainingPoint>, string)>(new("columns", $"no column for {string.Join(" and ", missing)}",
                $"too little: two of params, tokens and flops are needed; the table has {string.Join(", ", Table.Columns)}"));
        var runs = Names("run");
        return (Role("params"), Role("tokens"), Role("flops"), Numbers(First("loss", "y"), "loss")).Apply((n, d, c, loss) => (
            loss.Select((l, i) => Complete(At(n, i), At(d, i), At(c, i), l, runs.Match(r => r[i], () => ""))).ToSeq(),
            Column(First("loss", "y").IfNone("loss"))));
    }

    /// <summary>The same points as training curves: they need to say which run a row belongs to.</summary>
    public Validation<SpecError, (Seq<TrainingPoint> Points, string Loss)> Curves() => Has("run")
        ? Training()
        : Fail<SpecError, (Seq<TrainingPoint>, string)>(new("columns", "no column for run", $"missing: an envelope needs to know which rows are one training curve; name it as run=COLUMN; the table has {string.Join(", ", Table.Columns)}"));

    static TrainingPoint Complete(double n, double d, double c, double loss, string run) => new(
        n > 0 ? n : c / (6 * d),
        d > 0 ? d : c / (6 * n),
        c > 0 ? c : 6 * n * d,
        loss, run);

    static double At(double[] column, int row) => column.Length > 0 ? column[row] : 0;

    Validation<SpecError, double[]> Role(string role) => Has(role) ? Numbers(Some(role), role) : Success<SpecError, double[]>([]);

    Option<string> First(params string[] candidates) => candidates.Where(Has).HeadOrNone();

    bool Has(string role) => Named.ContainsKey(role) || Table.Columns.Contains(role);

    string Column(string role) => Named.Find(role).IfNone(role);

    Option<string[]> Names(string role) => Has(role) ? Table.Names(Column(role)) : None;

    Validation<SpecError, double[]> Numbers(Option<string> role, string wanted) => role.Match(
        known => Table.Numbers(Column(known)),
        () => Fail<SpecError, double[]>(new("columns", $"no column for {wanted}", $"missing: name it as {wanted}=COLUMN; the table has {string.Join(", ", Table.Columns)}")));
}
