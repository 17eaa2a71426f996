using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Domain.Text;
using Flow.TestData;
using FsCheck;
using FsCheck.Fluent;
using LanguageExt;
using Xunit;

namespace Flow.Domain.Tests.Studies;

/// <summary>Issue 3, line 1: every mistake at once, each with its path, the value given and what is allowed.</summary>
public sealed class ValidationTests
{
    /// <summary>A study that is right; each test makes its own mistakes in it.</summary>
    const string Right = """
        {
          "name": "s",
          "codec": { "like": "tiny", "fitOn": ["photos"] },
          "datasets": { "photos": "scene-photos", "depth": "scene-depth" },
          "run": {
            "model": "tiny-d48-l2",
            "stages": [
              { "kind": "pretrain", "dataset": "photos", "train": "tiny-pretrain" },
              { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": "tiny-perception" },
              { "kind": "evaluate", "task": "depth", "dataset": "depth", "samplers": [{ "steps": 1 }] }
            ]
          }
        }
        """;

    static Seq<string> Mistakes(string text) => StudyText.Read(text).Match(
        Succ: _ => Seq<string>.Empty, Fail: mistakes => mistakes.Map(mistake => mistake.ToString()).Strict());

    static string With(params (string Path, string Value)[] changes) => changes.Aggregate(
        JsonText.Parse(Right).IfFail(_ => throw new InvalidOperationException()),
        (json, change) => JsonPath.Set(json, change.Path, JsonText.Parse(change.Value).IfFail(_ => throw new InvalidOperationException()))
            .IfLeft(why => throw new InvalidOperationException(why))).ToString();

    [Fact]
    public void TheExample_IsRight() => Assert.Empty(Mistakes(Right));

    /// <summary>A misspelt word must not hide a wrong number, nor an axis that fits nothing another mistake.</summary>
    [Fact]
    public void MistakesOfTheText_AndOfTheMeaning_AreToldTogether()
    {
        var text = With(
            ("run.stages[0].train", """{ "like": "tiny-pretrain", "batch": 0, "steps": -3, "optim": { "lr": -1e-4 } }"""),
            ("run.stages[1].train", """{ "like": "tiny-perception", "flop": true }"""),
            ("run.modle", "1"),
            ("datasets.depth", """{ "like": "scene-depth", "scenes": 0 }"""),
            ("axes", """[{ "kind": "values", "path": "stages[0].train.stepz", "of": [1, 2] }]"""),
            ("fits", """[{ "y": "loss", "x": "token" }]"""));
        Assert.Equal(
            [
                "datasets.depth.scenes: 0 is not positive",
                "fits[0].x: token is not known; did you mean 'tokens'?",
                "run.modle: 1 is not known; did you mean 'model'?",
                "run.stages[0].train.batch: 0 is not positive",
                "run.stages[0].train.optim.lr: -0.0001 is not positive",
                "run.stages[0].train.steps: -3 is not positive",
                "run.stages[1].train.flop: true is not known; did you mean 'flip'?",
            ],
            Mistakes(text).Filter(mistake => !mistake.StartsWith("axes[0]", StringComparison.Ordinal) && !mistake.Contains("stepz", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Contains(Mistakes(text), mistake => mistake.Contains("stepz", StringComparison.Ordinal));
    }

    /// <summary>Where the run itself can't be read, its parts are checked by themselves; nothing is guessed about the misread field.</summary>
    [Fact]
    public void AnUnknownModel_HidesNoMistakeOfATraining_AndMakesNoneUp() => Assert.Equal(
        ["run.model: tiny-d48-lx is not known; did you mean 'tiny-d48-l2'?", "run.stages[0].train.optim.lr: -0.0001 is not positive"],
        Mistakes(With(("run.model", "\"tiny-d48-lx\""), ("run.stages[0].train", """{ "like": "tiny-pretrain", "optim": { "lr": -1e-4 } }""")))
            .Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("run.stages[0].train", """{ "like": "tiny-pretrain", "optim": { "lr": -1e-4 } }""", "run.stages[0].train.optim.lr: -0.0001 is not positive")]
    [InlineData("run.stages[0].train", """{ "like": "tiny-pretrain", "batch": 6, "microBatch": 4 }""", "run.stages[0].train.microBatch: 4 is not a divisor of batch 6")]
    [InlineData("run.stages[0].train", """{ "like": "tiny-pretrain", "step": 6 }""", "run.stages[0].train.step: 6 is not known; did you mean 'steps'?")]
    [InlineData("run.stages[0].train", "\"tiny-pretain\"", "run.stages[0].train: tiny-pretain is not known; did you mean 'tiny-pretrain'?")]
    [InlineData("run.stages[0].dataset", "\"photo\"", "run.stages[0].dataset: photo is not known; did you mean 'photos'?")]
    [InlineData("run.stages[0].dataset", "\"depth\"", "run.stages[0].dataset: depth is not of layout imagenet or imagenet-tar, whose class labels pretraining needs")]
    [InlineData("run.stages[0].kind", "\"pretraining\"", "run.stages[0].kind: pretraining is not known; did you mean 'pretrain'?")]
    [InlineData("run.stages[2].task", "\"flow\"", "run.stages[2].task: flow is a task that the model has not been fine-tuned for")]
    [InlineData("run.stages[2].samplers[0].steps", "2000", "run.stages[2].samplers[0].steps: 2000 is not between 1 and 1000")]
    [InlineData("run.stages[1].tasks[0].task", "\"flow\"", "run.stages[1].conditioning: image-to-image is not generalist, which flow, amodal and mixtures need: a second image beside the condition")]
    [InlineData("run.model", """{ "like": "a1", "hidden": 250 }""", "run.model.hidden: 250 is not a multiple of heads 16")]
    [InlineData("run.model", "\"a7\"", "run.model: a7 is not known; did you mean 'a1'?")]
    [InlineData("run.model", "\"a1\"", "run.model.latentSize: 32 is not the 8 of data set photos under the codec")]
    [InlineData("codec.margin", "9", "codec.margin: 9 is not between 0 and 4")]
    [InlineData("codec.fitOn", """["photo"]""", "codec.fitOn[0]: photo is not known; did you mean 'photos'?")]
    [InlineData("datasets.photos", """{ "like": "scene-photos", "scenes": 0 }""", "datasets.photos.scenes: 0 is not positive")]
    [InlineData("axes", """[{ "kind": "values", "path": "model.hiden", "of": [48] }]""", "run.model.hiden: 48 is not known; did you mean 'hidden'?")]
    [InlineData("axes", """[{ "kind": "values", "path": "stages[7].train.steps", "of": [48] }]""", "axes[0].path: stages[7].train.steps is not a place in the run: there is no element [7]: the list has 3")]
    [InlineData("axes", """[{ "kind": "range", "path": "stages[0].train.optim.lr", "low": 0, "high": 1 }]""", "axes[0]: range is only for studies with \"random\", which draws from it")]
    [InlineData("random", """{ "trials": 2000000000 }""", "axes: 2000000000 runs is more than 100000")]
    [InlineData("run.model", """{ "like": "tiny-d48-l2", "latentSize": 65536 }""", "run.model.latentSize: 65536 is more than 4096")]
    [InlineData("halving", """{ "rungs": [60, 30] }""", "halving.rungs[1]: 30 is not above the rung before it")]
    [InlineData("run.stages[0].train", """{ "like": "tiny-pretrain", "steps": "many" }""", "run.stages[0].train.steps: \"many\" is not a whole number")]
    [InlineData("run.stages[0].train", """{ "like": "tiny-pretrain", "steps": 1.5 }""", "run.stages[0].train.steps: 1.5 is not a whole number")]
    [InlineData("fits", """[{ "y": "absrel", "x": "images" }]""", "fits[0]: absrel is measured by no stage; a metric of a task needs \"task\" and a stage that evaluates it")]
    [InlineData("fits", """[{ "y": "absrel", "x": "images", "task": "depth", "samplerSteps": 7 }]""", "fits[0].samplerSteps: 7 is of no sampler that measures it; there are 1")]
    [InlineData("fits", """[{ "y": "absrel", "x": "images", "task": "depth", "ensemble": 5 }]""", "fits[0].ensemble: 5 is of no sampler that measures it; there are 1")]
    [InlineData("fits", """[{ "y": "train-loss", "x": "sampler-steps" }]""", "fits[0].x: sampler-steps is an axis of sampling, and train-loss is measured without any")]
    [InlineData("fits", """[{ "y": "train-loss", "x": "train-macs", "form": "isoflop", "nearest": 2 }]""", "fits[0].nearest: 2 is less than 3")]
    [InlineData("halving", """{ "rungs": [60, 180], "metric": "epe" }""", "halving.metric: epe is measured by no stage of some run, so that its trials could not be compared")]
    [InlineData("run.stages[2].samplers[0].sampler", "\"euler\"", "run.stages[2].samplers[0].sampler: euler is for rectified flows only, and the model predicts x0; use ddim or ddpm")]
    [InlineData("run.model", """{ "like": "tiny-d48-l2", "conditioning": "caption-in-context", "caption": {} }""", "run.model.conditioning: caption-in-context is not class: data sets to pretrain on have labels, neither captions nor conditions; a fine-tuning stage widens the input by itself")]
    [InlineData("run.model", """{ "like": "tiny-d48-l2", "conditioning": "image-to-image" }""", "run.model.conditioning: image-to-image is not class: data sets to pretrain on have labels, neither captions nor conditions; a fine-tuning stage widens the input by itself")]
    [InlineData("run.stages[0]", """{ "kind": "import", "sha256": "ABC", "path": "a.pt", "diffusion": { "loss": "mse" } }""", "run.stages[0].sha256: ABC is not 64 hexadecimal digits, as `sha256sum FILE` prints them")]
    [InlineData("run.stages[0]", """{ "kind": "import", "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "diffusion": { "loss": "mse" } }""", "run.stages[0].path: nothing is missing; say where the file is")]
    [InlineData("run.stages[0]", """{ "kind": "import", "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "path": "a.pt" }""", "run.stages[0].diffusion.loss: hybrid is not possible with model.learnSigma false; use mse")]
    [InlineData("run.stages[0]", """{ "kind": "import", "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "path": "a.pt", "diffusion": { "loss": "mse" }, "tasks": ["depth"] }""", "run.stages[0].tasks: depth is not what a model without a condition image knows; set model.conditioning")]
    [InlineData("run.stages[1]", """{ "kind": "import", "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "path": "a.pt", "diffusion": { "loss": "mse" } }""", "run.stages[1]: import is not the first stage; published weights are where a run starts")]
    [InlineData("nots", "\"\"", "nots: \"\" is not known; did you mean 'notes'?")]
    public void AMistake_NamesItsPathTheValueAndWhatIsAllowed(string path, string value, string message) =>
        Assert.Contains(message, Mistakes(With((path, value))));

    [Fact]
    public void AllMistakes_AreReportedTogether_AndNoneTwice()
    {
        var mistakes = Mistakes(With(
            ("run.model", """{ "like": "tiny-d48-l2", "depth": 0, "classDropout": 1 }"""),
            ("run.stages[0].train", """{ "like": "tiny-pretrain", "steps": 0, "optim": { "beta1": 1, "emaDecay": -1 } }"""),
            ("datasets.depth", """{ "like": "scene-depth", "offset": -1 }"""),
            ("axes", """[{ "kind": "values", "path": "stages[0].train.batch", "of": [8, 16] }]""")));
        Assert.Equal(
            [
                "datasets.depth.offset: -1 is negative",
                "run.model.classDropout: 1 is not at least 0 and below 1",
                "run.model.depth: 0 is not positive",
                "run.stages[0].train.optim.beta1: 1 is not at least 0 and below 1",
                "run.stages[0].train.optim.emaDecay: -1 is not at least 0 and below 1",
                "run.stages[0].train.steps: 0 is not positive",
            ],
            mistakes.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ARectifiedFlow_HasNoVarianceToDrawFrom() => Assert.Contains(
        "run.stages[2].samplers[0].sampler: ddpm is not for a rectified flow, which has no variance to draw from; use euler or heun",
        Mistakes(With(("run.stages[1].train", """{ "like": "tiny-perception", "diffusion": { "target": "rectified-flow", "loss": "mse" } }"""), ("run.stages[2].samplers[0].sampler", "\"ddpm\""))));

    [Fact]
    public void ARangeOutsideARandomSweep_IsOneMistake() => Assert.Single(Mistakes(With(
        ("axes", """[{ "kind": "range", "path": "stages[0].train.optim.lr", "low": 0.001, "high": 0.01 }]"""))));

    /// <summary>A range too narrow for four digits ends the search for different trials.</summary>
    [Fact]
    public void ANarrowRange_GivesFewerTrials()
    {
        var text = With(
            ("axes", """[{ "kind": "range", "path": "stages[0].train.optim.lr", "low": 0.001, "high": 0.0010000001 }]"""), ("random", """{ "trials": 5 }"""));
        Assert.Equal(1, StudyText.Read(text).Match(Succ: study => study.Runs.Count, Fail: _ => 0));
    }

    [Fact]
    public void AMistakeOfSomeRuns_NamesThem()
    {
        var mistakes = Mistakes(With(("axes", """[{ "kind": "values", "path": "stages[0].train.batch", "of": [8, 0] }]""")));
        Assert.Equal("run[batch=0].stages[0].train.batch: 0 is not positive", Assert.Single(mistakes));
    }

    [Theory]
    [InlineData("{ \"name\": }", "line 1, column 11")]
    [InlineData("{ \"name\": \"a\", \"name\": \"b\" }", "name: \"b\" is the second value of this field; give it once")]
    [InlineData("[]", "the text: [] is not an object")]
    public void TextThatIsNoStudy_IsExplained(string text, string message) =>
        Assert.Contains(message, string.Join("\n", Mistakes(text)), StringComparison.Ordinal);

    [Fact]
    public void AnUnknownScale_NamesTheKnownOnes()
    {
        var text = File.ReadAllText(Path.Combine(Checkout.Root, "studies", "fig2.json"));
        var mistakes = StudyText.Read(text, "papr").Match(Succ: _ => "", Fail: found => string.Join("\n", found));
        Assert.Equal("scale: papr is not known; did you mean 'paper'?", mistakes);
    }

    /// <summary>One leaf of a right study becomes something else: reading never throws, and what validates can be planned.</summary>
    [Fact]
    [Trait("Kind", "Property")]
    public void NoText_MakesReadingOrPlanningThrow()
    {
        var names = new[] { "fig6", "isoflop", "generalist", "real-smoke", "sweep", "fig2" };
        var texts = names.Select(name => JsonText.Parse(File.ReadAllText(Path.Combine(Checkout.Root, "studies", $"{name}.json")))
            .IfFail(_ => throw new InvalidOperationException())).ToArray();
        var odd = new[] { "0", "-1", "1e300", "1e-300", "2147483647", "0.5", "null", "true", "\"\"", "\"depth\"", "[]", "{}", "\"a1\"", "[0]" };
        var changes =
            from study in Gen.Elements(texts)
            from leaf in Gen.Elements(Leaves("", study).ToArray())
            from value in Gen.Elements(odd)
            select JsonPath.Set(study, leaf, JsonText.Parse(value).IfFail(new Json.Null())).IfLeft(study);
        Prop.ForAll(changes.ToArbitrary(), json =>
            StudyText.Read(json.ToString()).Match(Succ: study => !Plan.Of(study).Steps.IsEmpty, Fail: mistakes => !mistakes.IsEmpty))
            .Check(PropertySeed.Config.WithMaxTest(400));
    }

    static IEnumerable<string> Leaves(string path, Json json) => json switch
    {
        Json.Object o => o.Fields.Bind(field => Leaves(JsonPath.Join(path, field.Name), field.Value)).Filter(leaf => !leaf.StartsWith("scales.", StringComparison.Ordinal)),
        Json.List list => list.Items.SelectMany((item, i) => Leaves($"{path}[{i}]", item)),
        _ => [path],
    };
}
