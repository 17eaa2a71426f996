using Flow.Domain.Runs;
using Flow.Domain.Text;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Planning;

/// <summary>
/// Training steps that differ in their length alone share work: each starts from the last checkpoint of the longest shorter one. This needs
/// a learning rate that does not depend on the length, so it is done for constant schedules only.
/// </summary>
static class Prefixes
{
    /// <summary>The same steps with prefixes set, each after all that it reads.</summary>
    public static Seq<Step> Link(Seq<Step> steps)
    {
        var prefixes = steps
            .Filter(step => Train(step.Payload).Exists(train => train.Optim.Schedule == LrSchedule.Constant))
            .GroupBy(step => CanonicalText.Of(SpecWriter.Meaning(WithSteps(step.Payload, 0))), StringComparer.Ordinal)
            .SelectMany(group => Pairs(group.OrderBy(step => Train(step.Payload).Map(train => train.Steps).IfNone(0))))
            .ToDictionary(pair => pair.Longer, pair => pair.Shorter);
        return Ordered(steps.Map(step => prefixes.TryGetValue(step.Name, out var prefix)
            ? step with { Payload = WithPrefix(step.Payload, prefix) }
            : step).Strict());
    }

    /// <summary>What waits for a forecast may begin with a step that does not, but not the other way: the forecast itself waits for all of these.</summary>
    static IEnumerable<(StepId Longer, StepId Shorter)> Pairs(IEnumerable<Step> byLength)
    {
        var (shorter, shorterAndFree) = (Option<StepId>.None, Option<StepId>.None);
        foreach (var step in byLength)
        {
            foreach (var from in step.After.IsSome ? shorter : shorterAndFree) yield return (step.Name, from);
            shorter = step.Name;
            if (step.After.IsNone) shorterAndFree = step.Name;
        }
    }

    static Option<TrainSpec> Train(Payload payload) => payload switch
    {
        Payload.Pretrain pretrain => pretrain.Train,
        Payload.FineTune fineTune => fineTune.Train,
        _ => None,
    };

    static Payload WithSteps(Payload payload, int steps) => payload switch
    {
        Payload.Pretrain pretrain => pretrain with { Train = pretrain.Train with { Steps = steps } },
        Payload.FineTune fineTune => fineTune with { Train = fineTune.Train with { Steps = steps } },
        _ => payload,
    };

    static Payload WithPrefix(Payload payload, StepId prefix) => payload switch
    {
        Payload.Pretrain pretrain => pretrain with { Prefix = prefix },
        Payload.FineTune fineTune => fineTune with { Prefix = prefix },
        _ => payload,
    };

    /// <summary>Depth first, in the order given: stable, so that equal studies give equal plans.</summary>
    static Seq<Step> Ordered(Seq<Step> steps)
    {
        var byName = steps.ToDictionary(step => step.Name);
        var done = new System.Collections.Generic.HashSet<StepId>();
        var ordered = new List<Step>();
        foreach (var step in steps) Visit(step);
        return ordered.ToSeq().Strict();

        void Visit(Step step)
        {
            if (!done.Add(step.Name)) return;
            foreach (var input in step.Inputs) Visit(byName[input]);
            ordered.Add(step);
        }
    }
}
