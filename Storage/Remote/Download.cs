using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Flow.Storage.Remote;

/// <summary>
/// Gets files of a remote folder. A cut connection is taken up where it ended (a range request), a refusal for the moment (408, 429, 5xx)
/// and a stall are tried again with growing pauses, any other refusal ends it at once.
/// </summary>
public sealed class Download(RemoteFolder folder, Patience patience)
{
    const int Block = 1 << 16;

    static readonly HttpClient Client = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // names may move to other machines
        AutomaticDecompression = DecompressionMethods.None,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan, // each block has its own
    };

    public RemoteFolder Folder => folder;

    /// <summary>Completes a file whose length and hash are known; what the stream already holds is not asked for again.</summary>
    /// <exception cref="RemoteStoreException">The store didn't give it, or gave other bytes; the stream is empty then, unless more may come later.</exception>
    public async Task Complete(string file, Stream into, long length, string sha256, CancellationToken cancel)
    {
        for (var wrong = 1; ; wrong++)
        {
            if (into.Length > length) into.SetLength(0);
            await Fill(file, into, length, resumes: true, cancel).ConfigureAwait(false);
            into.Position = 0;
            if (into.Length == length && Convert.ToHexStringLower(await SHA256.HashDataAsync(into, cancel).ConfigureAwait(false)) == sha256) return;
            into.SetLength(0);
            if (wrong == patience.WrongBytes)
                throw new RemoteStoreException($"{folder.Describe(file)} is not what the index says (its SHA-256 is another), {wrong} times over: copy the data set there again, index.json last");
        }
    }

    /// <summary>A small file as a whole, whatever its bytes.</summary>
    /// <param name="most">A longer one is refused.</param>
    public async Task<byte[]> Whole(string file, long most, CancellationToken cancel)
    {
        using var bytes = new MemoryStream();
        await Fill(file, bytes, most, resumes: false, cancel).ConfigureAwait(false);
        return bytes.ToArray();
    }

    async Task Fill(string file, Stream into, long most, bool resumes, CancellationToken cancel)
    {
        // Only what was never reached before is progress: a store without ranges begins anew each time, and could go on so for ever.
        var (failures, reached) = (0, into.Length);
        while (true)
        {
            try
            {
                await Once(file, into, most, resumes, cancel).ConfigureAwait(false);
                return;
            }
            catch (Interruption interruption)
            {
                failures = into.Length > reached ? 1 : failures + 1;
                reached = Math.Max(reached, into.Length);
                if (failures >= patience.Attempts)
                    throw new RemoteStoreException($"{folder.Describe(file)}: {interruption.Message}, {failures} times in a row. Is the store up, and the address right? The same command goes on from here", interruption);
                await Task.Delay(patience.Pause(failures, interruption.After), cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>One request: appends to the stream. Faults of the network are interruptions; those of the disk are not.</summary>
    async Task Once(string file, Stream into, long most, bool resumes, CancellationToken cancel)
    {
        if (!resumes) into.SetLength(0);
        if (resumes && into.Length == most) return;
        using var watch = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var request = new HttpRequestMessage(HttpMethod.Get, folder.Locate(file));
        if (into.Length > 0) request.Headers.Range = new RangeHeaderValue(into.Length, null);
        using var response = await Guarded(() => Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, watch.Token), watch, cancel).ConfigureAwait(false);
        Refusals.Check(response, folder.Describe(file));
        if (response.StatusCode != HttpStatusCode.PartialContent) into.SetLength(0);
        else if (response.Content.Headers.ContentRange?.From != into.Length) throw new Interruption("it answered with another range than was asked for");
        into.Position = into.Length;

        var content = await Guarded(() => response.Content.ReadAsStreamAsync(watch.Token), watch, cancel).ConfigureAwait(false);
        var buffer = new byte[Block];
        for (int read; (read = await Guarded(() => content.ReadAtLeastAsync(buffer, Block, throwOnEndOfStream: false, watch.Token).AsTask(), watch, cancel).ConfigureAwait(false)) > 0;)
        {
            if (into.Length + read > most)
                throw new RemoteStoreException($"{folder.Describe(file)} is longer than {most} bytes, which is all that it may have: it is another file than the index says");
            await into.WriteAsync(buffer.AsMemory(0, read), cancel).ConfigureAwait(false);
        }
        if (resumes && into.Length < most) throw new Interruption($"the answer ended at {into.Length} of {most} bytes");
    }

    async Task<T> Guarded<T>(Func<Task<T>> network, CancellationTokenSource watch, CancellationToken cancel)
    {
        watch.CancelAfter(patience.Stall);
        try
        {
            return await network().ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw new Interruption(fault is HttpRequestException { InnerException: { } inner } ? inner.Message : fault.Message, cause: fault);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new Interruption($"nothing came for {patience.Stall.TotalSeconds:0.#} s");
        }
    }
}
