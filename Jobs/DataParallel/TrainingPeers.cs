using System.Globalization;
using System.Runtime.InteropServices;
using Flow.Torch;
using Flow.Training.Loop;

namespace Flow.Jobs.DataParallel;

/// <summary>
/// The other workers of a data-parallel training, processes of this program on this machine, seen from the first worker. Each says when it
/// has read its beginning and is then sent to the meeting; it ends with the training, or when this process is gone.
/// </summary>
sealed class TrainingPeers : IDisposable
{
    static readonly TimeSpan Beginning = TimeSpan.FromMinutes(2);

    readonly IReadOnlyList<PeerProcess> peers;
    readonly string meeting;

    TrainingPeers(IReadOnlyList<PeerProcess> peers, IProcessGroup group, string meeting) => (this.peers, Group, this.meeting) = (peers, group, meeting);

    public IProcessGroup Group { get; }

    /// <summary>Starts the lab's workers but the first, and waits until all have met.</summary>
    /// <param name="from">Updates done where this training begins.</param>
    /// <exception cref="StepFailure">One of them did not start, or this build has no data-parallel groups.</exception>
    public static async Task<TrainingPeers> Start(StepContext context, long from)
    {
        if (context.Lab.Workers == 1) return new TrainingPeers([], new SingleWorker(), "");
        var meeting = Path.Combine(Path.GetTempPath(), $"flow-meeting-{Guid.NewGuid():N}");
        var order = new PeerOrder(context.Plan.Identity.Hex, context.Step.Name.Hex, context.Work.Attempt, 0, from, meeting);
        List<PeerProcess> peers = [.. Enumerable.Range(1, context.Lab.Workers - 1).Select(rank => PeerProcess.Start(context.Lab, order with { Rank = rank }))];
        try
        {
            await Task.WhenAll(peers.Select(peer => peer.Ready(context.Cancel))).WaitAsync(Beginning, context.Cancel);
            foreach (var peer in peers) peer.Go();
            var group = await Task.Run(() => TensorEngine.Current.JoinGroup(PeerMeeting.At(meeting), 0, context.Lab.Workers, ComputeDevice.OfWorker(context.Lab, 0)), CancellationToken.None);
            context.Note(string.Create(CultureInfo.InvariantCulture, $"{context.Lab.Workers} workers, {context.Lab.Threads} threads each"));
            return new TrainingPeers(peers, group, meeting);
        }
        catch (Exception fault)
        {
            var told = string.Join("; ", peers.Select(peer => peer.Complaint).Where(text => text.Length > 0));
            foreach (var peer in peers) peer.Dispose();
            File.Delete(meeting);
            if (fault is not (ExternalException or TimeoutException or NotSupportedException or IOException)) throw;
            throw new StepFailure($"the {context.Lab.Workers} workers of this training did not come together: {fault.Message}{(told.Length > 0 ? $" ({told})" : "")}");
        }
    }

    /// <summary>What became of the worker that no longer answers, for people.</summary>
    public async Task<string> WhyLost(WorkerLostException lost)
    {
        // The connection breaks before the process is reaped.
        for (var wait = 0; wait < 20 && !peers.Any(peer => peer.HasFailed); wait++) await Task.Delay(100);
        var who = peers.Where(peer => peer.HasFailed).Select(peer => peer.Ending).ToList();
        return (who.Count > 0 ? string.Join("; ", who) : lost.Message)
            + ". The training has stopped at a checkpoint: run it again, with any number of workers, and it goes on from there";
    }

    public void Dispose()
    {
        Group.Dispose();
        foreach (var peer in peers) peer.Dispose();
        if (peers.Count > 0) File.Delete(meeting);
    }
}
