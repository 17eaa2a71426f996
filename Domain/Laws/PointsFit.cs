using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>
/// <c>flow fit --points FILE.csv --form power|isoflop|parametric|broken|envelope --columns params=N,tokens=D,flops=C,loss=L</c>: anybody's points.
/// </summary>
public static class PointsFit
{
    public static readonly Seq<string> Forms = Seq("power", "isoflop", "parametric", "broken", "envelope");

    static readonly Seq<string> roles = Seq("params", "tokens", "flops", "loss", "run", "x", "y", "weight");

    /// <param name="csv">The table.</param>
    /// <param name="form">One of <see cref="Forms"/>.</param>
    /// <param name="columns">
    /// role=column pairs; a role that is not named is looked for under its own name. Power and broken laws read x and y, or flops (else params, else
    /// tokens) and loss. Isoflop and parametric laws read params, tokens, flops and loss; one of the first three may be missing and then follows
    /// from C = 6ND; the envelope also needs run. run names the training run of a row, weight its weight in a power law.
    /// </param>
    /// <param name="options">Huber's delta, floor, bootstrap.</param>
    /// <param name="isoFlop">Axis, vertex and window of profiles.</param>
    /// <param name="surface">How a parametric surface is fitted.</param>
    /// <param name="where">column=value pairs: only rows that have them all.</param>
    public static Validation<SpecError, Either<Refusal, FitAnswer>> Run(string csv, string form, string columns = "", FitOptions? options = null, IsoFlopOptions? isoFlop = null,
        ParametricMethod surface = ParametricMethod.Huber, string where = "") =>
        (Form(form), Roles(columns), Rows(csv, where)).Apply((known, named, table) => (known, named, table))
            .Bind(given => Fit(given.known, new PointColumns(given.table, given.named), options ?? new FitOptions(), isoFlop ?? new IsoFlopOptions(), surface));

    /// <summary>The law that a family is compared by: a power law of the loss, or the isoFLOP laws. Parameters as in <see cref="Run"/>.</summary>
    public static Validation<SpecError, Either<Refusal, Family>> Family(string name, string csv, string form, string columns = "", string where = "", FitOptions? options = null) =>
        (Family(form), Roles(columns), Rows(csv, where)).Apply((known, named, table) => (known, columns: new PointColumns(table, named))).Bind(given => given.known == "isoflop"
            ? given.columns.Training().Map(p => IsoFlop.Fit(p.Points, new IsoFlopOptions(Laws: options)).Map(fit => new Family(name, fit.Loss, fit)))
            : given.columns.Observations().Map(p => PowerLaw.Fit(p.Points, options).Map(fit => new Family(name, fit, None))));

    static Validation<SpecError, string> Family(string form) => form is "power" or "isoflop"
        ? Success<SpecError, string>(form)
        : Fail<SpecError, string>(new("form", form, "not one that families are compared by: power, isoflop"));

    static Validation<SpecError, CsvTable> Rows(string csv, string where) => CsvTable.Parse(csv).Bind(whole =>
        where.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Aggregate(
            Success<SpecError, CsvTable>(whole),
            (rows, pair) => rows.Bind(table => pair.Split('=', 2) is [var column, var value]
                ? table.Where(column.Trim(), value.Trim())
                : Fail<SpecError, CsvTable>(new("where", pair, "not column=value")))));

    static Validation<SpecError, Either<Refusal, FitAnswer>> Fit(string form, PointColumns columns, FitOptions options, IsoFlopOptions isoFlop, ParametricMethod surface) => form switch
    {
        "power" => columns.Observations().Map(p => PowerLaw.Fit(p.Points, options).Map(fit => FitAnswer.Of(fit, p.X, p.Y))),
        "broken" => columns.Observations().Map(p => BrokenLaw.Fit(p.Points, options).Map(fit => FitAnswer.Of(fit, p.X, p.Y))),
        "isoflop" => columns.Training().Map(p => IsoFlop.Fit(p.Points, isoFlop with { Laws = options }).Map(fit => FitAnswer.Of(fit, p.Loss, isoFlop.Axis))),
        "envelope" => columns.Curves().Map(p => Envelope.Fit(p.Points, options).Map(fit => FitAnswer.Of(fit, p.Loss))),
        _ => columns.Training().Map(p => ParametricLaw.Fit(p.Points, Parametric(options, surface)).Map(fit => FitAnswer.Of(fit, p.Loss))),
    };

    /// <summary>Least squares is the default of one-dimensional laws, Hoffmann's delta that of the surface.</summary>
    public static ParametricOptions Parametric(FitOptions options, ParametricMethod surface) => new(surface,
        HuberDelta: double.IsInfinity(options.HuberDelta) ? new ParametricOptions().HuberDelta : options.HuberDelta,
        Resamples: options.Resamples, Level: options.Level, Seed: options.Seed);

    static Validation<SpecError, string> Form(string form) => Forms.Contains(form)
        ? Success<SpecError, string>(form)
        : Fail<SpecError, string>(new("form", form, $"not one of {string.Join(", ", Forms)}"));

    static Validation<SpecError, Map<string, string>> Roles(string columns)
    {
        var pairs = columns.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(pair => pair.Split('=', 2)).ToSeq();
        var bad = pairs.Filter(p => p.Length != 2 || !roles.Contains(p[0]))
            .Map(p => new SpecError("columns", string.Join('=', p), $"not role=column with a role of {string.Join(", ", roles)}"));
        return bad.IsEmpty
            ? Success<SpecError, Map<string, string>>(toMap(pairs.Map(p => (p[0], p[1])).GroupBy(p => p.Item1).Select(g => g.Last())))
            : Validation<SpecError, Map<string, string>>.Fail(bad.Strict());
    }
}
