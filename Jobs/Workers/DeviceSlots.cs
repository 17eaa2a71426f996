using System.Threading.Channels;
using Flow.Jobs.Ledger;

namespace Flow.Jobs.Workers;

/// <summary>The devices of one worker that are free. An engine serves each queue with as many handlers as it has devices, so that taking one never waits for long.</summary>
sealed class DeviceSlots
{
    readonly Dictionary<Need, Channel<string>> free = [];

    public DeviceSlots(WorkerOptions options)
    {
        Fill(Need.Gpu, options.Devices);
        Fill(Need.Cpu, Enumerable.Range(0, options.Slots).Select(n => $"slot{n}"));
    }

    public async Task<string> Take(Need need, CancellationToken cancel) => await free[need].Reader.ReadAsync(cancel);

    public void Return(Need need, string device) => free[need].Writer.TryWrite(device);

    void Fill(Need need, IEnumerable<string> devices)
    {
        free[need] = Channel.CreateUnbounded<string>();
        foreach (var device in devices) free[need].Writer.TryWrite(device);
    }
}
