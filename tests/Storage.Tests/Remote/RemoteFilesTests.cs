using Flow.Storage.Remote;
using Flow.Storage.Shards;
using Flow.Storage.Tests.Shards;
using Flow.TestData;
using Xunit;

namespace Flow.Storage.Tests.Remote;

/// <summary>A dataset behind a real HTTP server, which fails in the ways that networks and stores fail.</summary>
public sealed class RemoteFilesTests : IAsyncLifetime, IDisposable
{
    const int Rows = 75;

    static readonly Patience Quick = new(Attempts: 4) { FirstPause = TimeSpan.FromMilliseconds(5), Stall = TimeSpan.FromSeconds(20) };

    readonly TemporaryFolder folder = new();
    DatasetIndex index = null!;
    FaultyServer server = null!;

    public async Task InitializeAsync()
    {
        index = Samples.Write(folder["store/data"], Rows);
        server = await FaultyServer.Start(folder["store"]);
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    public void Dispose() => folder.Dispose();

    ShardCache Cache(long most = 1 << 30) => new(folder["cache"], most);

    RemoteFiles Files(ShardCache? cache = null, string path = "data/") => new(new Download(RemoteFolder.At($"{server.Address}/{path}"), Quick), cache ?? Cache());

    static List<LatentSample> ReadAll(DatasetFiles files, CancellationToken cancel = default) => [.. files.Index(cancel).Shards.SelectMany(shard =>
        files.Read(shard, reader => Enumerable.Range(0, reader.GroupRows.Count).SelectMany(group => reader.ReadGroup(group)).ToList(), cancel))];

    static void AssertWhole(List<LatentSample> read)
    {
        Assert.Equal(Rows, read.Count);
        foreach (var (sample, expected) in read.Zip(Samples.Take(Rows))) Samples.AssertEqual(expected, sample);
    }

    [Fact]
    public void ARemoteDataset_IsReadAsIfItWereHere_AndEachShardComesOnce()
    {
        AssertWhole(ReadAll(Files()));
        var asked = server.Seen.Count;
        Assert.Equal(1 + index.Shards.Count, asked);
        AssertWhole(ReadAll(Files())); // another reader, as after a restart: the copies are good, only the index is asked for
        Assert.Equal(asked + 1, server.Seen.Count);
        Assert.Equal(index.Shards.Select(shard => $"{shard.Sha256}.parquet").Order(), Directory.GetFiles(folder["cache"]).Select(Path.GetFileName).Order());
    }

    public static TheoryData<Fault> Passing => new(
        new Fault.Status(503), new Fault.Status(500), new Fault.Status(429, "0"), new Fault.Status(408), new Fault.Cut(0), new Fault.Cut(9_000),
        new Fault.WrongByte(5_000));

    [Theory]
    [MemberData(nameof(Passing))]
    public void AFaultThatPasses_IsOvercome(Fault fault)
    {
        server.Faults = (_, before) => before < 2 ? fault : null;
        AssertWhole(ReadAll(Files()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7_000)]
    public void AStall_IsGivenUpAndTriedAgain(int after)
    {
        server.Faults = (path, before) => before == 0 && path.EndsWith(index.Shards[0].File, StringComparison.Ordinal) ? new Fault.Stall(after) : null;
        // A busy machine may seem to stall as well: many attempts.
        var impatient = Quick with { Attempts = 50, Stall = TimeSpan.FromMilliseconds(500) };
        AssertWhole(ReadAll(new RemoteFiles(new Download(RemoteFolder.At($"{server.Address}/data/"), impatient), Cache())));
        Assert.True(server.Seen.Count(seen => seen.Path.EndsWith(index.Shards[0].File, StringComparison.Ordinal)) > 1);
    }

    [Fact]
    public void ACutDownload_IsTakenUpWhereItEnded_EvenByAnotherProcess()
    {
        // Large blocks, so that the cuts lie behind the first ones.
        var large = Large(600_000);
        var file = $"large/{large.Shards[0].File}";
        server.Faults = (path, before) => path == file && before < 6 ? new Fault.Cut(100_000) : null;
        Files(path: "large/").Read(large.Shards[0], reader => reader.ReadGroup(0));
        var ranges = server.Seen.Where(seen => seen.Path == file).Select(seen => seen.Range).ToList();
        Assert.Equal("", ranges[0]);
        Assert.All(ranges.Skip(1), range => Assert.Matches(@"^bytes=[1-9]\d*-$", range));
        Assert.Equal(ranges.Count, ranges.Distinct().Count());

        // What an earlier process left is the beginning of the next download.
        Directory.Delete(folder["cache"], recursive: true);
        Directory.CreateDirectory(folder["cache"]);
        var bytes = File.ReadAllBytes(folder[$"store/{file}"]);
        File.WriteAllBytes(folder[$"cache/{large.Shards[0].Sha256}.parquet.partial"], bytes[..250_000]);
        Files(path: "large/").Read(large.Shards[0], reader => reader.ReadGroup(0));
        Assert.Equal("bytes=250000-", server.Seen.Last().Range);
    }

    [Fact]
    public void AServerWithoutRanges_IsReadFromTheBeginning()
    {
        server.Faults = (_, before) => before == 0 ? new Fault.Cut(9_000) : new Fault.NoRanges();
        AssertWhole(ReadAll(Files()));
    }

    [Fact]
    public void AServerWithoutRanges_ThatAlwaysCuts_IsGivenUp()
    {
        var large = Large(600_000);
        server.Faults = (path, before) => path.EndsWith(".parquet", StringComparison.Ordinal) ? new Fault.NoRanges(before % 2 == 0 ? 100_000 : 300_000) : null;
        Assert.Contains("in a row", Assert.ThrowsAny<RemoteStoreException>(() => Files(path: "large/").Read(large.Shards[0], reader => reader.Rows)).Message, StringComparison.Ordinal);
        Assert.InRange(server.Seen.Count, Quick.Attempts, 3 * Quick.Attempts);
    }

    [Theory]
    [InlineData(503, "503")]
    [InlineData(403, "AWS_ACCESS_KEY_ID")]
    [InlineData(404, "not there")]
    [InlineData(400, "400")]
    public void AFaultThatStays_EndsWithTheAddressAndARemedy(int status, string says)
    {
        var address = $"{server.Address}/data/{index.Shards[1].File}";
        server.Faults = (path, _) => path.EndsWith(index.Shards[1].File, StringComparison.Ordinal) ? new Fault.Status(status) : null;
        var failure = Assert.ThrowsAny<RemoteStoreException>(() => ReadAll(Files()));
        Assert.Contains(address, failure.Message, StringComparison.Ordinal);
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
        // What may pass is tried as often as allowed, what won't is not.
        Assert.Equal(status >= 500 ? Quick.Attempts : 1, server.Seen.Count(seen => seen.Path.EndsWith(index.Shards[1].File, StringComparison.Ordinal)));
    }

    [Fact]
    public void WrongBytes_AreNeverHandedOut()
    {
        server.Faults = (path, _) => path.EndsWith(".parquet", StringComparison.Ordinal) ? new Fault.WrongByte(4_000) : null;
        var failure = Assert.ThrowsAny<RemoteStoreException>(() => ReadAll(Files()));
        Assert.Contains("SHA-256", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder["cache"], "*.parquet"));
    }

    [Fact]
    public void AShardLongerThanTheIndexSays_IsRefusedBeforeItFillsTheDisk()
    {
        File.AppendAllText(folder[$"store/data/{index.Shards[0].File}"], new string('x', 1_000_000));
        Assert.Contains("longer", Assert.ThrowsAny<RemoteStoreException>(() => ReadAll(Files())).Message, StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(folder["cache"]), file => Assert.InRange(new FileInfo(file).Length, 0, index.Shards[0].Bytes));
    }

    [Fact]
    public void ADamagedCopy_IsFetchedAgain()
    {
        ReadAll(Files());
        var copy = folder[$"cache/{index.Shards[1].Sha256}.parquet"];
        var bytes = File.ReadAllBytes(copy);
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(copy, bytes);
        AssertWhole(ReadAll(Files()));
    }

    [Fact]
    public void TheCache_StaysWithinItsBytes_AndLetsGoWhatWasUsedLongestAgo()
    {
        var most = index.Shards.Take(2).Sum(shard => shard.Bytes);
        var cache = Cache(most);
        var files = Files(cache);
        void Use(int shard)
        {
            files.Read(index.Shards[shard], reader => reader.ReadGroup(0));
            Assert.InRange(Directory.GetFiles(cache.Folder).Sum(file => new FileInfo(file).Length), 1, most);
            Thread.Sleep(20); // file times tell the order of use
        }
        Use(0);
        Use(1);
        Use(0);
        Use(2); // 1 goes
        Assert.Equal(new[] { 0, 2 }.Select(i => index.Shards[i].Sha256).Order(), Directory.GetFiles(cache.Folder).Select(Path.GetFileNameWithoutExtension).Order());
        for (var round = 0; round < 3; round++) AssertWhole(ReadAll(files));
    }

    [Fact]
    public async Task ManyThreadsOverASmallCache_AllGetTheirRows()
    {
        var files = Files(Cache(index.Shards.Max(shard => shard.Bytes)));
        var reading = Task.Run(() => Parallel.For(0, 24, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var shard = index.Shards[i % index.Shards.Count];
            var rows = files.Read(shard, reader => reader.ReadGroup(0));
            Samples.AssertEqual(Samples.Sample(shard.FirstId), rows[0]);
        }));
        await reading.WaitAsync(TimeSpan.FromMinutes(5)); // for ever, if they waited for each other
    }

    [Fact]
    public void ACacheSmallerThanAShard_IsAnErrorThatSaysWhatToSet() =>
        Assert.Contains("FLOW_CACHE_BYTES", Assert.ThrowsAny<RemoteStoreException>(() => ReadAll(Files(Cache(100)))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Cancelling_EndsAStalledDownloadAtOnce()
    {
        server.Faults = (path, _) => path.EndsWith(".parquet", StringComparison.Ordinal) ? new Fault.Stall(1_000) : null;
        var files = new RemoteFiles(new Download(RemoteFolder.At($"{server.Address}/data"), new Patience()), Cache());
        using var cancel = new CancellationTokenSource();
        var reading = Task.Run(() => ReadAll(files, cancel.Token));
        while (!server.Seen.Any(seen => seen.Path.EndsWith(".parquet", StringComparison.Ordinal))) await Task.Delay(10);
        await cancel.CancelAsync();
        // A download that nobody cancels would notice its stall after 30 seconds, and try again for minutes.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(25)));
    }

    [Fact]
    public void AnAddressWithoutADataset_AndADamagedIndex_AreNamed()
    {
        Assert.Contains("/nothing/", Assert.Throws<FileNotFoundException>(() => Files(path: "nothing").Index()).Message, StringComparison.Ordinal);
        var path = folder["store/data/index.json"];
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"samples\": 75", "\"samples\": 74", StringComparison.Ordinal));
        Assert.Contains("data/index.json is damaged", Assert.ThrowsAny<RemoteStoreException>(() => Files().Index()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_ReadsTheStoreItself_NotTheCopies()
    {
        ReadAll(Files());
        var address = $"{server.Address}/data/";
        Assert.Empty(DatasetVerifier.FindDamage(address));
        var path = folder[$"store/data/{index.Shards[1].File}"];
        var bytes = File.ReadAllBytes(path);
        bytes[777] ^= 32;
        File.WriteAllBytes(path, bytes);
        Assert.Contains(index.Shards[1].File, Assert.Single(DatasetVerifier.FindDamage(address)), StringComparison.Ordinal);
    }

    [Fact]
    public void ATokenInTheAddress_IsSentAndNeverShown()
    {
        server.Admits = request => request.Query["sig"] == "s3cret";
        var files = new RemoteFiles(new Download(RemoteFolder.At($"{server.Address}/data/?sig=s3cret"), Quick), Cache());
        AssertWhole(ReadAll(files));
        server.Admits = _ => false;
        Assert.DoesNotContain("s3cret", Assert.ThrowsAny<RemoteStoreException>(() => files.Index()).Message + files.Place, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://host/path/", "ftp")]
    [InlineData("https://user:password@host/path/", "leave it out")]
    [InlineData("https://", "no address")]
    public void OtherAddresses_AreRefused(string address, string says)
    {
        var failure = Assert.Throws<RemoteStoreException>(() => RemoteFolder.At(address));
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("password@", failure.Message, StringComparison.Ordinal);
    }

    DatasetIndex Large(int blobBytes)
    {
        var schema = new ShardSchema("large", "c", 1, [new BlobSpec("latents", BlobType.UInt8, [blobBytes])], new Dictionary<string, string>());
        var writer = ShardWriter.Open(folder["store/large"], schema);
        var blob = new byte[blobBytes];
        new Random(1).NextBytes(blob);
        writer.Append(new LatentSample(0, "k", 0, "train", 1, 1, [blob]));
        return writer.Finish();
    }
}
