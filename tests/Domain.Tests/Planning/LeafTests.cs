using Flow.Domain.Data;
using Flow.Domain.Planning;
using Flow.Domain.Runs;
using Flow.Domain.Studies;
using Flow.Domain.Text;
using FsCheck;
using FsCheck.Fluent;
using LanguageExt;
using Xunit;
using static LanguageExt.Prelude;

namespace Flow.Domain.Tests.Planning;

/// <summary>
/// Issue 3, line 4, over all leaves: whatever single field of a study is changed, the steps that get new names are the ones that the field belongs to and
/// all that are downstream of them, and no others. Which step a field belongs to is said here from the field's place in the spec.
/// </summary>
[Trait("Kind", "Property")]
public sealed class LeafTests
{
    /// <summary>Fields that carry no meaning: nothing gets a new name.</summary>
    static readonly string[] Meaningless =
    [
        "name", "claim", "source", "cost", "command", "notes", "run.model.name", "codec.path", "run.stages[].path", "datasets.*.path", "datasets.*.address", "datasets.*.samples",
        "fits[].expected", "fits[].within",
    ];

    /// <summary>
    /// Fields whose change alone makes no valid study here, because another field has to follow: a layout and its tasks, a size and its latents, a law's sampler
    /// and the samplers that there are, a task's data set of which there is one.
    /// </summary>
    static readonly string[] Bound =
    [
        "codec.downsample", "codec.channels", "datasets.*.size", "datasets.*.layout", "run.model.latentSize", "run.model.latentChannels", "run.model.conditioning",
        "run.stages[].conditioning", "run.stages[].latentSize", "run.stages[].task", "run.stages[].tasks[].task", "run.stages[].tasks[].dataset",
        "fits[].samplerSteps", "fits[].ensemble",
    ];

    [Fact]
    public void ChangingAnyLeaf_ChangesExactlyTheStepsDownstream()
    {
        var tested = new System.Collections.Generic.HashSet<string>();
        var met = new System.Collections.Generic.HashSet<string>();
        // The same studies every time, so that what is met and what is tested do not depend on luck.
        foreach (var study in SpecGen.Studies.Generator.Sample(50, new Rnd(11, 0x9E3779B97F4A7C15), 80))
        {
            var plan = Plan.Of(study);
            foreach (var leaf in Leaves(SpecForm.Of(study.Spec)))
            {
                met.Add(Kind(leaf.Path));
                foreach (var after in Changed(study, leaf).ToSeq())
                    foreach (var expected in Expected(plan, after, leaf.Path).ToSeq())
                    {
                        tested.Add(Kind(leaf.Path));
                        var changed = plan.Steps.Map(step => step.Name).Except(Plan.Of(after).Steps.Map(step => step.Name)).ToHashSet();
                        Assert.True(changed.SetEquals(expected), $"{leaf.Path}: {changed.Count} steps changed, and {expected.Count} are downstream of it");
                    }
            }
        }
        Assert.True(tested.Count > 60, $"{tested.Count} kinds of leaves");
        Assert.Empty(met.Except(tested).Except(Bound));
    }

    /// <summary>Fields of the run, the data and the laws; axes, rungs and forecasts make other runs, which the tests of expansion look at.</summary>
    static IEnumerable<FormField> Leaves(FormField field) => field.Kind == FieldKind.Group
        ? field.Fields.Where(child => child.Path is not ("axes" or "random" or "halving" or "forecast")).SelectMany(Leaves)
        : [field];

    /// <summary>A path without the numbers and names that tell its neighbours apart.</summary>
    static string Kind(string path) => System.Text.RegularExpressions.Regex.Replace(
        System.Text.RegularExpressions.Regex.Replace(path, @"\[\d+\]", "[]"), @"^datasets\.[^.]+", "datasets.*");

    /// <summary>The study with another value of the leaf; the first of a few candidates that is valid.</summary>
    static Option<Study> Changed(Study study, FormField leaf) => Others(leaf)
        .Select(value => JsonPath.Set(SpecWriter.Write(study.Spec), leaf.Path, value).Match(
            Left: _ => None, Right: json => StudyText.Read(json.ToString()).ToOption().Filter(other => other.Runs.Count == study.Runs.Count)))
        .FirstOrDefault(found => found.IsSome);

    static IEnumerable<Json> Others(FormField leaf) => (leaf.Kind, leaf.Value.IfNone(new Json.Null())) switch
    {
        (FieldKind.Number, Json.Number n) => [new Json.Number(n.Value * 0.75), new Json.Number(n.Value * 1.5), new Json.Number(n.Value + 0.25)],
        (FieldKind.Number, _) => [new Json.Number(1.25)],
        (FieldKind.Whole, Json.Number n) => [new Json.Number(n.Value + 1), new Json.Number(n.Value * 2), new Json.Number(Math.Floor(n.Value / 2)), new Json.Number(n.Value + 4)],
        (FieldKind.Whole, _) => [new Json.Number(1), new Json.Number(3)],
        (FieldKind.YesNo, Json.Bool b) => [new Json.Bool(!b.Value)],
        (FieldKind.Choice, var now) => leaf.Choices.Map(choice => (Json)new Json.Text(choice)).Filter(choice => choice != now),
        (FieldKind.Text, Json.Text now) => new[] { "photos", "shards", new string('b', 64), "something else" }.Select(text => (Json)new Json.Text(text)).Where(text => text != now),
        (FieldKind.Json, Json.List list) => [Json.ListOf(list.Items.Add(new Json.Text("amodal"))), Json.ListOf(list.Items.Map(item => item is Json.Number n ? new Json.Number(n.Value * 2) : item))],
        _ => [],
    };

    /// <summary>The steps that must change; none where the leaf belongs to a step that an unchanged part of the study shares.</summary>
    static Option<System.Collections.Generic.HashSet<StepId>> Expected(Plan plan, Study after, string path)
    {
        var before = plan.Study;
        if (Meaningless.Contains(Kind(path))) return Some(new System.Collections.Generic.HashSet<StepId>());
        var own = path.StartsWith("run", StringComparison.Ordinal) ? OfRuns(plan, before, after)
            : path.StartsWith("fits", StringComparison.Ordinal) ? OfFit(plan, before, path)
            : Some(plan.Steps.Filter(step => Reads(step.Payload, before.Spec, path)).Map(step => step.Name));
        return own.Map(steps => Downstream(plan, steps)).Map(changed => changed.Union(Unused(plan, after)).ToHashSet());
    }

    /// <summary>Steps that prepared data which, after the change, nothing reads any more: they are gone with it.</summary>
    static IEnumerable<StepId> Unused(Plan plan, Study after)
    {
        var read = after.Runs.Concat(after.Forecast.ToSeq()).Bind(run => run.Stages).SelectMany(stage => stage switch
        {
            StageSpec.Pretrain p => [p.Dataset],
            StageSpec.FineTune f => f.Tasks.Map(share => share.Dataset).ToArray(),
            StageSpec.HeldOutLoss h => [h.Dataset],
            StageSpec.Evaluate e => [e.Dataset],
            _ => System.Array.Empty<string>(),
        }).ToHashSet();
        var fitted = after.Spec.Codec is CodecSpec.PatchPca pca ? pca.FitOn : Seq<string>();
        bool Is(DatasetSpec dataset, Func<string, bool> named) => plan.Study.Spec.Datasets.AsEnumerable().Any(entry => entry.Value == dataset && named(entry.Key));
        return plan.Steps.Filter(step => step.Payload switch
        {
            Payload.Ingest p => !Is(p.Dataset, read.Contains),
            Payload.Synth p => !Is(p.Scenes, name => read.Contains(name) || fitted.Contains(name)),
            _ => false,
        }).Map(step => step.Name);
    }

    /// <summary>The first step of each run that the change reaches, and the baselines that go with an evaluation.</summary>
    static Option<Seq<StepId>> OfRuns(Plan plan, Study before, Study after)
    {
        var own = new List<StepId>();
        var untouched = new List<StepId>();
        foreach (var (i, run) in before.Runs.Map((i, run) => (i, run)))
        {
            var first = FirstDifference(run, after.Runs[i]);
            var steps = plan.Runs[i].Steps;
            if (first is { } at && steps.Count(step => step == steps[at]) == 1) own.Add(steps[at]);
            else if (first is not null) return None;
            untouched.AddRange(steps.Take(first ?? steps.Count));
        }
        var (kept, were) = (Baselines(after), Baselines(before));
        own.AddRange(plan.Steps.Filter(step => step.Payload is Payload.Baseline p && were.Except(kept).Any(gone =>
            gone.Task == p.Task && gone.Most == p.MaxSamples && Named(plan, before, p.Training) == gone.Training && Named(plan, before, p.Data) == gone.Data)).Map(step => step.Name));
        // The run of a forecast shares the base run: its steps change with it, which OfRuns does not follow.
        return before.Forecast.IsSome || own.Exists(untouched.Contains) ? None : Some(own.ToSeq().Strict());
    }

    static int? FirstDifference(Run before, Run after)
    {
        if (Met(before) != Met(after)) return 0;
        for (var i = 0; i < before.Stages.Count; i++)
            if (before.Stages[i] != after.Stages[i]) return i;
        return null;
    }

    /// <summary>The model as its first stage trains it: a fine-tuning from random weights has its own conditioning, and may have its own resolution.</summary>
    static Domain.Models.ModelSpec Met(Run run) => (run.Stages.Head is StageSpec.FineTune fineTune ? fineTune.After(run.Model.Spec) : run.Model.Spec) with { Name = "" };

    static System.Collections.Generic.HashSet<(PerceptionTask Task, string Training, string Data, Option<int> Most)> Baselines(Study study) =>
        [.. from run in study.Runs
            from evaluate in run.Stages.OfType<StageSpec.Evaluate>()
            from share in run.Stages.OfType<StageSpec.FineTune>().SelectMany(stage => stage.Tasks).Where(share => share.Task == evaluate.Task)
            select (evaluate.Task, share.Dataset, evaluate.Dataset, evaluate.MaxSamples)];

    static string Named(Plan plan, Study study, StepId data) => study.Spec.Datasets.AsEnumerable()
        .First(named => named.Value == ((Payload.Ingest)plan[data].Payload).Dataset).Key;

    static Option<Seq<StepId>> OfFit(Plan plan, Study study, string path)
    {
        var fit = study.Spec.Fits[int.Parse(path[5..path.IndexOf(']', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture)];
        static FitSpec Meaning(FitSpec fit) => fit with { Expected = None, Within = None };
        return study.Spec.Fits.Count(other => Meaning(other) == Meaning(fit)) > 1
            ? None
            : Some(plan.Steps.Filter(step => step.Payload is Payload.Fit p && Meaning(p.Spec) == Meaning(fit)).Map(step => step.Name));
    }

    /// <summary>Whether a step looks at the codec, or at the data set, that a path names.</summary>
    static bool Reads(Payload payload, StudySpec spec, string path)
    {
        if (path.StartsWith("codec", StringComparison.Ordinal)) return payload is Payload.FitCodec;
        var dataset = spec.Datasets[path.Split('.')[1]];
        return payload switch
        {
            Payload.Synth p => p.Scenes == dataset,
            Payload.FitCodec p => p.FitOn.Contains(dataset),
            Payload.Ingest p => p.Dataset == dataset,
            _ => false,
        };
    }

    static System.Collections.Generic.HashSet<StepId> Downstream(Plan plan, Seq<StepId> from)
    {
        System.Collections.Generic.HashSet<StepId> downstream = [.. from];
        foreach (var step in plan.Steps)
            if (WithoutPrefix(step.Payload).Inputs.Exists(downstream.Contains)) downstream.Add(step.Name);
        return downstream;
    }

    /// <summary>A longer training that continues a shorter one is the same training: what it continues is not part of its name.</summary>
    static Payload WithoutPrefix(Payload payload) => payload switch
    {
        Payload.Pretrain p => p with { Prefix = None },
        Payload.FineTune p => p with { Prefix = None },
        _ => payload,
    };
}
