using Flow.Domain.Laws;
using Flow.TestData;
using LanguageExt;

namespace Flow.Domain.Tests.Laws;

/// <summary>The public points of published scaling studies in shared/data/scaling.</summary>
static class ScalingData
{
    public static CsvTable Table(string path) => CsvTable.Parse(File.ReadAllText(Path.Combine(SharedFolder.Data!, "scaling", path)))
        .IfFail(errors => throw new InvalidDataException(string.Join("; ", errors)));

    public static double[] Column(this CsvTable table, string name) =>
        table.Numbers(name).IfFail(errors => throw new InvalidDataException(string.Join("; ", errors)));

    /// <summary>The 245 points that Epoch read off Hoffmann's figure.</summary>
    public static Seq<TrainingPoint> Epoch()
    {
        var table = Table("epoch_chinchilla/points.csv");
        var (n, d, c, loss) = (table.Column("params"), table.Column("tokens"), table.Column("flops"), table.Column("loss"));
        return n.Select((_, i) => new TrainingPoint(n[i], d[i], c[i], loss[i])).ToSeq();
    }

    /// <summary>Without the five highest losses, as Epoch fitted them.</summary>
    public static Seq<TrainingPoint> Epoch240() => Epoch().Filter(p => p.Loss < 3.446995);

    public static Seq<TrainingPoint> Llama3()
    {
        var table = Table("isoflops/llama3_points.csv");
        var (c, d, loss) = (table.Column("compute_budget"), table.Column("training_tokens"), table.Column("validation_loss"));
        return c.Select((_, i) => new TrainingPoint(c[i] / (6 * d[i]), d[i], c[i], loss[i])).ToSeq();
    }

    /// <summary>The noise-free surface of Stanford's CS336: 2.69 + 1606.4 / N^.34 + 3210.7 / D^.36 with D = C/6N.</summary>
    public static Seq<TrainingPoint> Cs336() => System.Text.Json.JsonDocument
        .Parse(File.ReadAllText(Path.Combine(SharedFolder.Data!, "scaling", "cs336/isoflops_curves.json"))).RootElement.EnumerateArray()
        .Select(p => (N: p.GetProperty("parameters").GetDouble(), C: p.GetProperty("compute_budget").GetDouble(), L: p.GetProperty("final_loss").GetDouble()))
        .Select(p => new TrainingPoint(p.N, p.C / (6 * p.N), p.C, p.L)).ToSeq();
}
