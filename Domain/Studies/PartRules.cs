using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Domain.Text;
using LanguageExt;

namespace Flow.Domain.Studies;

/// <summary>What holds for the parts of a study by themselves: asked when the whole can't be read, so that their mistakes are told as well.</summary>
static class PartRules
{
    public static IEnumerable<SpecError> Mistakes(Seq<ReadPart> parts) => parts.SelectMany(part => part.Value switch
    {
        ModelSpec model => Model.From(model, part.Path).Match(Succ: _ => [], Fail: mistakes => mistakes),
        TrainSpec train => TrainRules.Mistakes(train, part.Path),
        _ => [],
    });
}
