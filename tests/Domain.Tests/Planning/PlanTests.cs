using Flow.Domain.Planning;
using Flow.Domain.Runs;
using Flow.Domain.Studies;
using Flow.Domain.Tests.Studies;
using Flow.Domain.Text;
using Flow.TestData;
using FsCheck;
using FsCheck.Fluent;
using LanguageExt;
using Xunit;
using static LanguageExt.Prelude;

namespace Flow.Domain.Tests.Planning;

/// <summary>Issue 3, line 4: the graph of steps.</summary>
[Trait("Kind", "Property")]
public sealed class PlanTests
{
    static void Holds(Func<Study, bool> claim) => Prop.ForAll(SpecGen.Studies, claim).Check(PropertySeed.Config.WithMaxTest(100));

    static Study Valid(StudySpec spec) => Study.From(spec).Match(
        Succ: study => study, Fail: mistakes => throw new Xunit.Sdk.XunitException(string.Join("\n", mistakes)));

    [Fact]
    public void Steps_AreThereOnce_AndReadOnlyEarlierOnes() => Holds(study =>
    {
        var seen = new System.Collections.Generic.HashSet<StepId>();
        return Plan.Of(study).Steps.ForAll(step => step.Inputs.ForAll(seen.Contains) && seen.Add(step.Name));
    });

    [Fact]
    public void EqualStudies_GiveEqualGraphs() => Holds(study =>
    {
        var again = Valid(StudyText.ReadSpec(SpecWriter.Write(study.Spec).ToString()).IfFail(_ => throw new InvalidOperationException()));
        return Plan.Of(study).Steps == Plan.Of(again).Steps;
    });

    [Fact]
    public void EveryStep_LeadsToTheReport() => Holds(study =>
    {
        var plan = Plan.Of(study);
        var needed = new System.Collections.Generic.HashSet<StepId>();
        void Need(StepId name)
        {
            if (needed.Add(name)) plan[name].Inputs.Iter(Need);
        }
        Need(plan.Identity);
        return plan.Steps.ForAll(step => needed.Contains(step.Name));
    });

    [Fact]
    public void WhatAStepNeeds_IsAllThatLeadsToIt() => Holds(study =>
    {
        var plan = Plan.Of(study);
        return plan.Steps.ForAll(step =>
        {
            var needed = plan.With(Seq1(step.Name));
            return needed.Last == step.Name
                && needed.ForAll(name => plan[name].Inputs.ForAll(input => needed.Exists(other => other == input)))
                && needed.ForAll(name => name == step.Name || needed.Exists(reader => plan[reader].Inputs.Exists(input => input == name)));
        });
    });

    [Fact]
    public void Names_DependOnMeaningAlone_NotOnPrefixes() => Holds(study => Plan.Of(study).Steps.ForAll(step => Step.Of(step.Payload).Name == step.Name));

    [Fact]
    public void OnePretraining_UnderFourFineTunings_AppearsOnce()
    {
        var plan = Plan.Of(CatalogTests.Read("generalist", "tiny"));
        Assert.Single(plan.Steps.Filter(step => step.Kind == StepKind.Pretrain));
        Assert.Equal(2, plan.Steps.Count(step => step.Kind == StepKind.FineTune));
        Assert.Single(plan.Steps.Filter(step => step.Kind == StepKind.FitCodec));
    }

    /// <summary>Figure 4's four pretrainings are one training of 120K steps with three places to look from.</summary>
    [Fact]
    public void LongerTrainings_ContinueShorterOnes()
    {
        var plan = Plan.Of(CatalogTests.Read("fig4", "paper"));
        var pretrainings = plan.Steps.Map(step => step.Payload).OfType<Payload.Pretrain>().OrderBy(p => p.Train.Steps).ToArray();
        Assert.Equal([60_000, 80_000, 100_000, 120_000], pretrainings.Select(p => p.Train.Steps));
        Assert.Equal(Option<StepId>.None, pretrainings[0].Prefix);
        Assert.All(Enumerable.Range(1, 3), i => Assert.Equal(Step.Of(pretrainings[i - 1]).Name, pretrainings[i].Prefix));
    }

    [Fact]
    public void DecayingRates_DependOnTheLength_SoNothingIsShared()
    {
        var study = CatalogTests.Read("fig4", "paper");
        var decaying = study.Spec with
        {
            Run = study.Spec.Run with
            {
                Stages = study.Spec.Run.Stages.Map(stage => stage is StageSpec.Pretrain p
                    ? p with { Train = p.Train with { Optim = p.Train.Optim with { Schedule = LrSchedule.ExponentialDecay, FinalLr = 1e-6 } } }
                    : stage).Strict(),
            },
        };
        Assert.All(Plan.Of(Valid(decaying)).Steps.Map(step => step.Payload).OfType<Payload.Pretrain>(), p => Assert.True(p.Prefix.IsNone));
    }

    /// <summary>fig8 and fig9 look at fig3's models, so that at either scale they train nothing of their own beyond it.</summary>
    [Theory]
    [InlineData("fig8", "paper")]
    [InlineData("fig9", "paper")]
    [InlineData("fig8", "tiny")]
    [InlineData("fig9", "tiny")]
    public void Studies_ShareTheirTrainings(string name, string scale)
    {
        static IEnumerable<StepId> Trainings(string name, string scale) =>
            Plan.Of(CatalogTests.Read(name, scale)).Steps.Filter(step => step.Kind is StepKind.Pretrain or StepKind.FineTune).Map(step => step.Name);
        Assert.Empty(Trainings(name, scale).Except(Trainings("fig3", scale)));
    }
}
