using System.CommandLine;
using Flow.Jobs;
using Flow.Jobs.DataParallel;

namespace Flow.Cli.Commands;

/// <summary>`flow train-peer`, which `flow train --workers N` starts by itself: one more data-parallel worker of a training.</summary>
public static class TrainPeerCommand
{
    static readonly Argument<string> Step = new("step");
    static readonly Option<string> Study = new("--study") { Required = true };
    static readonly Option<long> Attempt = new("--attempt") { Required = true };
    static readonly Option<int> Rank = new("--rank") { Required = true };
    static readonly Option<long> From = new("--from") { Required = true };
    static readonly Option<string> Meeting = new("--meeting") { Required = true };
    static readonly Option<int> Workers = new("--workers") { Required = true };
    static readonly Option<int> Parallel = new("--parallel") { Required = true };

    public static Command Build()
    {
        var verb = Verb.Of(
            TrainingPeer.Verb, "One more worker of a training", [Step, Study, Attempt, Rank, From, Meeting, Workers, Parallel, RunCommands.Device], async (call, cancel) =>
            {
                var order = new PeerOrder(call.Get(Study), call.Get(Step), call.Get(Attempt), call.Get(Rank), call.Get(From), call.Get(Meeting));
                await TrainingPeer.Run(new Lab(call.Store, call.Get(Parallel), call.Get(Workers), Device: call.Get(RunCommands.Device)), order, Console.In, Console.Out, cancel);
                return Verb.Done;
            });
        verb.Hidden = true;
        return verb;
    }
}
