using Flow.Domain;
using Flow.Domain.Planning;
using Flow.Domain.Runs;

namespace Flow.Jobs.DataParallel;

/// <summary>Workers get equal shares of every batch, so their number must divide it.</summary>
static class SharedBatches
{
    /// <exception cref="BadInputException">A training of the plan has batches that so many workers can't share.</exception>
    public static void Check(Plan plan, int workers)
    {
        foreach (var step in plan.Steps)
            if (Training(step.Payload) is { Batch: var batch } && batch % workers != 0)
                throw new BadInputException($"--workers: {workers} workers can't share the batches of {batch} of '{step.Label}' equally: give a divisor of {batch}");
    }

    static TrainSpec? Training(Payload payload) => payload switch
    {
        Payload.Pretrain p => p.Train,
        Payload.FineTune p => p.Train,
        _ => null,
    };
}
