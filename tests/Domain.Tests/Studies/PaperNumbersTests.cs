using Flow.Domain.Runs;
using Flow.Domain.Studies;
using LanguageExt;
using Xunit;

namespace Flow.Domain.Tests.Studies;

/// <summary>Issue 3, line 3: the paper scale of every study has the numbers that the papers print (facts/models.md section 4, facts/scaling.md section 1).</summary>
[Trait("Kind", "Paper")]
public sealed class PaperNumbersTests
{
    static readonly string[] Dense = ["a1", "a2", "a3", "a4", "a5", "a6"];

    static Study Paper(string name) => CatalogTests.Read(name, "paper");

    static IEnumerable<string> Models(string name) => Paper(name).Runs.Map(run => run.Model.Name).Distinct();

    static IEnumerable<StageSpec.Pretrain> Pretrainings(string name) => Paper(name).Runs.Bind(run => run.Stages).OfType<StageSpec.Pretrain>().Distinct();

    static IEnumerable<StageSpec.FineTune> FineTunings(string name) => Paper(name).Runs.Bind(run => run.Stages).OfType<StageSpec.FineTune>().Distinct();

    static IEnumerable<StageSpec.Evaluate> Evaluations(string name) => Paper(name).Runs.Bind(run => run.Stages).OfType<StageSpec.Evaluate>().Distinct();

    /// <summary>400K iterations of batch 256 at a constant 1e-4, at 256 pixels (latents of 32), on ImageNet.</summary>
    [Theory]
    [InlineData("fig2")]
    [InlineData("fig3")]
    [InlineData("fig5")]
    [InlineData("fig6")]
    [InlineData("fig8")]
    [InlineData("fig9")]
    [InlineData("fig10")]
    [InlineData("table3")]
    [InlineData("table4")]
    [InlineData("table5")]
    [InlineData("generalist")]
    public void Pretraining_Is400KStepsOf256At1e4(string name)
    {
        var pretraining = Assert.Single(Pretrainings(name));
        Assert.Equal((400_000, 256, 1e-4, LrSchedule.Constant), (pretraining.Train.Steps, pretraining.Train.Batch, pretraining.Train.Optim.Lr, pretraining.Train.Optim.Schedule));
        Assert.All(Paper(name).Runs, run => Assert.Equal(32, run.Model.Spec.LatentSize));
        Assert.Equal(1_281_167, Paper(name).Spec.Datasets[pretraining.Dataset].Count.IfNone(0));
    }

    /// <summary>Steps, batch, first and last learning rate, and the side of the latents: 32 for 256 pixels, 64 for 512.</summary>
    [Theory]
    [InlineData("fig3", 30_000, 32, 3e-5, 3e-7, 32)]
    [InlineData("fig4", 30_000, 32, 3e-5, 3e-7, 32)]
    [InlineData("fig8", 30_000, 32, 3e-5, 3e-7, 32)]
    [InlineData("fig9", 30_000, 32, 3e-5, 3e-7, 32)]
    [InlineData("table3", 30_000, 1024, 1.2e-4, 1.2e-6, 64)]
    [InlineData("table4", 4_000, 1024, 1.2e-4, 1.2e-6, 64)]
    [InlineData("table5", 6_000, 4096, 1.2e-4, 1.2e-6, 32)]
    [InlineData("generalist", 10_000, 1024, 1.2e-4, 1.2e-6, 64)]
    public void FineTuning_HasItsPrintedRecipe(string name, int steps, int batch, double first, double last, int latents)
    {
        var train = Assert.Single(FineTunings(name).Select(stage => stage.Train).Distinct());
        Assert.Equal((steps, batch, LrSchedule.ExponentialDecay), (train.Steps, train.Batch, train.Optim.Schedule));
        Assert.Equal((first, last), (train.Optim.Lr, train.Optim.FinalLr), new Close());
        Assert.All(Paper(name).Runs, run => Assert.Equal(latents, run.Stages.Fold(run.Model.Spec, (model, stage) => stage.After(model)).LatentSize));
    }

    [Fact]
    public void Figure2_IsOverBothTablesOfModels()
    {
        Assert.Equal([.. Dense, "S/2-8E2A", "S/2-16E2A", "L/2-8E2A"], Models("fig2"));
        Assert.Equal(0.0098, Paper("fig2").Spec.Fits.Head.Expected.IfNone(0));
    }

    [Fact]
    public void Figures3_8And9_AreOverTheDenseModels() => Assert.All(["fig3", "fig8", "fig9"], name => Assert.Equal(Dense, Models(name)));

    [Fact]
    public void Figure4_PretrainsA4For60To120KStepsOf1024()
    {
        Assert.Equal(["a4"], Models("fig4"));
        Assert.Equal([60_000, 80_000, 100_000, 120_000], Pretrainings("fig4").Select(stage => stage.Train.Steps));
        Assert.All(Pretrainings("fig4"), stage => Assert.Equal((1024, 1e-4), (stage.Train.Batch, stage.Train.Optim.Lr)));
    }

    [Fact]
    public void Figure5_FineTunesBothModelsAt256And512()
    {
        Assert.Equal(["DiT-XL/2", "L/2-8E2A"], Models("fig5"));
        Assert.Equal([32, 64, 32, 64], Paper("fig5").Runs.Map(run => run.Stages.Fold(run.Model.Spec, (model, stage) => stage.After(model)).LatentSize).ToArray());
    }

    [Fact]
    public void Figure6_AddsExpertsAnd15KStepsOf128()
    {
        Assert.Equal(["a2", "a3", "a4"], Models("fig6"));
        Assert.Equal([4, 8, 16], Paper("fig6").Runs.Bind(run => run.Stages).OfType<StageSpec.Upcycle>().Select(stage => stage.Experts).Distinct());
        Assert.All(Paper("fig6").Runs, run =>
        {
            var trainings = run.Stages.OfType<StageSpec.FineTune>().Select(stage => (stage.Train.Steps, stage.Train.Batch)).ToArray();
            Assert.Equal([(30_000, 32), (15_000, 128)], trainings);
        });
    }

    [Fact]
    public void Figure8_TakesOneToAHundredSteps() =>
        Assert.Equal([1, 2, 5, 10, 20, 50, 100], Assert.Single(Evaluations("fig8")).Samplers.Map(sampler => sampler.Steps).ToArray());

    [Fact]
    public void Figure9_TakesEnsemblesOfOneToTwenty() =>
        Assert.Equal([1, 2, 5, 10, 15, 20], Assert.Single(Evaluations("fig9")).Samplers.Map(sampler => sampler.Ensemble).ToArray());

    [Fact]
    public void Figure10_TrainsA4WithEachSchedule()
    {
        Assert.Equal(["a4"], Models("fig10"));
        Assert.Equal(Enum.GetValues<Diffusion.BetaSchedule>(), FineTunings("fig10").Select(stage => stage.Train.Diffusion.Schedule).Order());
    }

    [Theory]
    [InlineData("table3", PerceptionTask.Depth)]
    [InlineData("table4", PerceptionTask.Flow)]
    [InlineData("table5", PerceptionTask.Amodal)]
    public void Tables_AreOfDitXl(string name, PerceptionTask task)
    {
        Assert.Equal(["DiT-XL/2"], Models(name));
        Assert.Equal(task, Assert.Single(Evaluations(name)).Task);
    }

    [Fact]
    public void TheGeneralist_IsDitXlOnThreeTasks_DenseAndWithEightExperts()
    {
        Assert.Equal(["DiT-XL/2"], Models("generalist"));
        Assert.Equal([PerceptionTask.Depth, PerceptionTask.Flow, PerceptionTask.Amodal], Assert.Single(FineTunings("generalist")).Tasks.Map(share => share.Task).ToArray());
        Assert.Equal([8], Paper("generalist").Runs.Bind(run => run.Stages).OfType<StageSpec.Upcycle>().Select(stage => stage.Experts));
    }

    /// <summary>Budgets of 1e17 to 6e18 FLOPs, two a MAC; 2 to 15 layers; rectified flow, batch 1024, 1e-4. The named law is N* ~ C^0.5681.</summary>
    [Fact]
    public void Isoflop_HasSixBudgetsAnd2To15Layers()
    {
        var study = Paper("isoflop");
        Assert.Equal([1e17, 3e17, 6e17, 1e18, 3e18, 6e18], study.Spec.Axes.OfType<AxisSpec.Budgets>().Single().TrainMacs.Map(macs => 2 * macs).ToArray());
        Assert.Equal((2, 15), (study.Runs.Min(run => run.Model.Spec.Depth), study.Runs.Max(run => run.Model.Spec.Depth)));
        Assert.All(Pretrainings("isoflop"), stage => Assert.Equal(
            (1024, 1e-4, Diffusion.PredictionTarget.RectifiedFlow), (stage.Train.Batch, stage.Train.Optim.Lr, stage.Train.Diffusion.Target)));
        Assert.Equal(0.5681, study.Spec.Fits.Head.Expected.IfNone(0));
        // Every run spends its budget to within half a step of the coarsest.
        Assert.All(study.Runs, run => Assert.Contains(study.Spec.Axes.OfType<AxisSpec.Budgets>().Single().TrainMacs, macs => Math.Abs(run.TrainMacs / macs - 1) < 1e-3));
    }

    /// <summary>Every figure and table of the issue is there at both scales.</summary>
    [Theory]
    [InlineData("fig2")]
    [InlineData("fig3")]
    [InlineData("fig4")]
    [InlineData("fig5")]
    [InlineData("fig6")]
    [InlineData("fig8")]
    [InlineData("fig9")]
    [InlineData("fig10")]
    [InlineData("table3")]
    [InlineData("table4")]
    [InlineData("table5")]
    [InlineData("generalist")]
    [InlineData("isoflop")]
    public void EachStudy_HasBothScales(string name) =>
        Assert.Equal(["paper", "tiny"], StudyText.ScalesOf(File.ReadAllText(Path.Combine(Checkout.Root, "studies", $"{name}.json"))).IfFail([]).Order(StringComparer.Ordinal));

    sealed class Close : IEqualityComparer<(double, double)>
    {
        public bool Equals((double, double) x, (double, double) y) => Math.Abs(x.Item1 / y.Item1 - 1) < 1e-9 && Math.Abs(x.Item2 / y.Item2 - 1) < 1e-9;

        public int GetHashCode((double, double) pair) => 0;
    }
}
