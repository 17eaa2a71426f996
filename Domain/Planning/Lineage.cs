using System.Globalization;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Domain.Studies;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Planning;

/// <summary>One training stage on the way to a measurement.</summary>
public sealed record Training(ModelSpec Model, TrainSpec Train, bool Pretraining)
{
    public double Images => (double)Train.Steps * Train.Batch;

    /// <summary>3 x forward MACs x images.</summary>
    public double Macs => 3 * Accounting.ForwardMacs(Model) * Images;
}

/// <summary>The model behind a measuring or training step and all the training that it has had: the axes that laws are fitted against.</summary>
/// <param name="Stages">First to last; the measuring step's own training included.</param>
public sealed record Lineage(ModelSpec Model, Seq<Training> Stages)
{
    /// <summary>The lineage of a step that trains or measures; nothing for the others.</summary>
    public static Option<Lineage> Of(Plan plan, StepId name) => plan[name].Payload switch
    {
        Payload.Pretrain p => Some(new Lineage(p.Model, Seq1(new Training(p.Model, p.Train, Pretraining: true)))),
        Payload.FineTune p => Some(new Lineage(
            p.Model,
            p.From.Bind(from => Of(plan, from)).Map(before => before.Stages).IfNone([]).Add(new Training(p.Model, p.Train, Pretraining: false)))),
        Payload.Import p => Some(new Lineage(p.Model, Seq1(new Training(p.Model, p.Trained, Pretraining: true)))),
        Payload.Upcycle p => Of(plan, p.From).Map(before => before with { Model = p.Model }),
        Payload.HeldOutLoss p => Of(plan, p.Checkpoint),
        Payload.Evaluate p => Of(plan, p.Checkpoint),
        _ => None,
    };

    /// <summary>
    /// What names a training curve: the model, its seed, and the learning rate, without the length, so that points read along one constant-rate training share it.
    /// A schedule that knows its length makes every length a run of its own.
    /// </summary>
    public string Curve => string.Join(" + ", Stages.Map(stage => stage.Train.Optim.Schedule == LrSchedule.Constant
        ? string.Create(CultureInfo.InvariantCulture, $"{stage.Model.Name}, lr {stage.Train.Optim.Lr}, batch {stage.Train.Batch}, seed {stage.Train.Seed}")
        : string.Create(CultureInfo.InvariantCulture, $"{stage.Model.Name}, lr {stage.Train.Optim.Lr}, batch {stage.Train.Batch}, seed {stage.Train.Seed}, {stage.Train.Steps} steps")));

    /// <summary>Images seen over all stages.</summary>
    public double Images => Stages.Sum(stage => stage.Images);

    public double TotalTrainMacs => Stages.Sum(stage => stage.Macs);

    public double PretrainMacs => Stages.Filter(stage => stage.Pretraining).Sum(stage => stage.Macs);

    /// <summary>The coordinate of a result row on an axis of laws; those of sampling need the row's sampler.</summary>
    public Option<double> On(FitAxis axis, Option<SamplerSpec> sampler) => axis switch
    {
        FitAxis.TrainMacs => Stages.LastOrNone().Map(stage => stage.Macs),
        FitAxis.TotalTrainMacs => TotalTrainMacs,
        FitAxis.PretrainMacs => PretrainMacs,
        FitAxis.Params => Accounting.Parameters(Model).Total,
        FitAxis.ParamsActive => Accounting.Parameters(Model).Active,
        FitAxis.Images => Images,
        FitAxis.Tokens => Images * Model.Tokens,
        FitAxis.SamplerSteps => sampler.Map(s => (double)s.Steps),
        FitAxis.Ensemble => sampler.Map(s => (double)s.Ensemble),
        FitAxis.InferenceMacs => sampler.Map(s => Accounting.ForwardMacs(Model) * s.NetworkPasses * s.Ensemble),
        _ => throw new NotSupportedException(axis.ToString()),
    };
}
