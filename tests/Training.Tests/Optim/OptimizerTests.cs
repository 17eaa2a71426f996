using System.Globalization;
using System.Text.Json;
using Flow.Domain.Diffusion;
using Flow.Domain.Runs;
using Flow.TestData;
using Flow.Training.Diffusion;
using Flow.Training.Models;
using Flow.Training.Optim;
using Flow.Training.Tests.Models;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Optim;

public sealed class OptimizerTests
{
    public static IEnumerable<object[]> Curves => GoldenFile.Named("train_*.golden.safetensors").Select(name => new object[] { name });

    [GoldenTheory]
    [MemberData(nameof(Curves))]
    public void TrainingCurve_IsTheReferences(string file)
    {
        var golden = GoldenFile.Open(file);
        var initial = GoldenFile.Open(file.Replace(".golden.", ".init.", StringComparison.Ordinal));
        var spec = golden.ModelSpec();
        using var network = Networks.Build(spec, 0);
        Weights.Load(network, initial.Names.ToDictionary(n => n, n => Read(initial, n))).IfLeft(e => Assert.Fail(e.Message));
        var optim = Optim(golden);
        using var optimizer = new Optimizer(network, optim);
        var process = DiffusionProcess.Of(new DiffusionSpec(), spec.LearnSigma);
        var steps = (int)golden.Shape("losses")[0];
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            var y_N = Read(golden, "y")[step];
            double[] times = [.. Read(golden, "t")[step].data<long>().ToArray().Select(t => (double)t)];
            var loss = DiffusionLoss.Compute(
                process, (x, t) => network.forward(x, t, y_N), Read(golden, "x")[step], times, Read(golden, "noise")[step]);
            var mean = loss.Total.mean();
            mean.backward();
            // the section's demand: 1e-4 relative
            Assert.Equal(golden.Floats("losses")[step], mean.item<float>(), 1e-4 * golden.Floats("losses")[step]);
            Assert.Equal(golden.Floats("mse")[step], loss.Mse!.mean().item<float>(), 1e-4 * golden.Floats("mse")[step]);
            optimizer.Step(optimizer.GradientNorm(), step, steps);
            if (step == 0) Compare(golden, "step1.", optimizer.Weights, 2 * optim.Lr);
        }
        Compare(golden, "final.", optimizer.Weights, 2 * optim.Lr * steps);
        Compare(golden, "ema.", optimizer.Average, 2 * optim.Lr * steps);
        Compare(golden, "exp_avg.", optimizer.ExpAvg, 2e-4);
        Compare(golden, "exp_avg_sq.", optimizer.ExpAvgSq, 2e-4);
    }

    [Fact]
    public void Clipping_BoundsTheUpdateOnlyAboveTheNorm()
    {
        // with beta1 = 0 the first moment is the gradient that AdamW saw
        var clipped = FirstMoments(new OptimSpec(Beta1: 0, ClipNorm: 0.5));
        var free = FirstMoments(new OptimSpec(Beta1: 0, ClipNorm: 1e6));
        Assert.Equal(0.5, Norm(clipped), 1e-5);
        Assert.Equal(free.Select(g => g * 0.5 / Norm(free)), clipped.Select(g => (double)g), new Within(1e-6));
        Assert.Equal(free, FirstMoments(new OptimSpec(Beta1: 0)));
    }

    [Fact]
    public void FrozenParameters_AreTheirOwnAverage()
    {
        using var network = Networks.Build(Loop.TinyRuns.Model, 0);
        using var optimizer = new Optimizer(network, new OptimSpec());
        Assert.Equal(network.state_dict().Keys.Order(), optimizer.Average.Keys.Order());
        Assert.DoesNotContain("pos_embed", optimizer.ExpAvg.Keys);
        var other = optimizer.Average.Where(p => p.Key != "blocks.0.attn.qkv.weight").ToDictionary(p => p.Key, p => p.Value);
        Assert.Contains("lacks blocks.0.attn.qkv.weight",
            Assert.Throws<ArgumentException>(() => Optimizer.Restore(optimizer.Average, other)).Message, StringComparison.Ordinal);
    }

    static float[] FirstMoments(OptimSpec spec)
    {
        using var scope = NewDisposeScope();
        using var network = Networks.Build(Loop.TinyRuns.Model, 0);
        using var optimizer = new Optimizer(network, spec);
        var x = linspace(-1, 1, 2 * 64).reshape(2, 4, 4, 4);
        ((network.forward(x, tensor([10L, 500L]), tensor([0L, 1L])) - x.flip(1)).square().sum() * 10).backward();
        optimizer.Step(optimizer.GradientNorm(), 0, 10);
        return [.. optimizer.ExpAvg.OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => p.Value.data<float>().ToArray())];
    }

    static double Norm(float[] values) => Math.Sqrt(values.Sum(v => (double)v * v));

    /// <summary>99 % of the elements within 2e-6, none beyond the bound (section 8: pure rounding noise moves by up to lr a step).</summary>
    static void Compare(GoldenFile golden, string prefix, IReadOnlyDictionary<string, Tensor> got, double bound)
    {
        double[] differences = [.. golden.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).SelectMany(name =>
        {
            var values = got[name[prefix.Length..]].detach().data<float>().ToArray();
            return golden.Floats(name).Select((want, i) => Math.Abs(want - (double)values[i]));
        }).Order()];
        Assert.InRange(differences[(int)(0.99 * differences.Length)], 0, 2e-6);
        Assert.InRange(differences[^1], 0, bound);
    }

    static Tensor Read(GoldenFile golden, string name) =>
        name is "t" or "y" ? tensor(golden.Longs(name), golden.Shape(name)) : tensor(golden.Floats(name), golden.Shape(name));

    static OptimSpec Optim(GoldenFile golden)
    {
        var adamw = JsonDocument.Parse(golden.Metadata["adamw"]).RootElement;
        double Number(string name, double otherwise) => adamw.TryGetProperty(name, out var value) ? value.GetDouble() : otherwise;
        double[] betas = adamw.TryGetProperty("betas", out var given) ? [.. given.EnumerateArray().Select(beta => beta.GetDouble())] : [0.9, 0.999];
        // torch.optim.AdamW's own defaults where the file says nothing
        return new OptimSpec(
            Lr: Number("lr", 1e-3),
            Beta1: betas[0],
            Beta2: betas[1],
            Epsilon: Number("eps", 1e-8),
            WeightDecay: Number("weight_decay", 1e-2),
            EmaDecay: double.Parse(golden.Metadata["ema_decay"], CultureInfo.InvariantCulture));
    }

    sealed class Within(double tolerance) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= tolerance;

        public int GetHashCode(double value) => 0;
    }
}
