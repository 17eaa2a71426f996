using Flow.Jobs.Engines;
using Flow.Jobs.Ledger;

namespace Flow.Jobs.Workers;

/// <summary>Brings ready steps into the engine's queues, and every minute makes ledger, engine and store agree. Idempotent: all workers do it.</summary>
public sealed class Reconciler(LedgerDatabase database, IJobEngine engine, Lab lab)
{
    // Younger offers may still be on their way into the engine.
    static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(15);

    readonly Claims claims = new(database);
    readonly Agreement agreement = new(database, lab);

    /// <summary>Queues what is ready and in no queue.</summary>
    /// <returns>How many.</returns>
    public async Task<int> Dispatch(CancellationToken cancel)
    {
        var offers = await claims.Offer(cancel);
        if (offers.Count == 0) return 0;
        try
        {
            await engine.Enqueue(offers, cancel);
        }
        catch
        {
            await claims.Withdraw([.. offers.Select(offer => offer.Name)], CancellationToken.None);
            throw;
        }
        return offers.Count;
    }

    /// <summary>Takes steps from workers that died: those of this machine at once, those elsewhere when their leases have run out.</summary>
    /// <returns>Names of the steps.</returns>
    public async Task<IReadOnlyList<string>> Expire(CancellationToken cancel)
    {
        var dead = (await new WorkerRegistry(database).Holding(ThisProcess.Place, cancel)).Where(worker => !ThisProcess.Lives(worker.Process)).Select(worker => worker.Id).ToList();
        return await new Endings(database).Expire(dead, cancel);
    }

    /// <summary>Everything that can have gone apart, in one pass.</summary>
    /// <returns>What was found apart, for the log; empty when all agreed.</returns>
    public async Task<string> Reconcile(CancellationToken cancel)
    {
        var expired = await Expire(cancel);
        var wrong = await agreement.WithStore(cancel);
        await agreement.Judge(cancel);
        var (lost, stray) = (0, 0);
        var offered = await agreement.Offered(OnItsWay, cancel);
        foreach (var queue in Enum.GetValues<Need>())
        {
            var queued = await engine.Queued(queue, cancel);
            var missing = offered.Where(offer => offer.Need == queue && !queued.Contains(offer.Name)).Select(offer => offer.Name).ToList();
            if (missing.Count > 0) await claims.Withdraw(missing, cancel);
            var unwanted = await agreement.Unwanted(queued, cancel);
            if (unwanted.Count > 0) await engine.Delete(queue, unwanted, cancel);
            (lost, stray) = (lost + missing.Count, stray + unwanted.Count);
        }
        await Dispatch(cancel);
        return expired.Count + wrong + lost + stray == 0 ? "" : $"{expired.Count} leases run out, {wrong} steps not as in the store, {lost} in no queue, {stray} in a queue for nothing";
    }
}
