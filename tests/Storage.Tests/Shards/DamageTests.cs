using Flow.Storage.Shards;
using Xunit;

namespace Flow.Storage.Tests.Shards;

public sealed class DamageTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    static void FlipBit(string path, long bit)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = bit / 8;
        var value = file.ReadByte();
        file.Position = bit / 8;
        file.WriteByte((byte)(value ^ (1 << (int)(bit % 8))));
    }

    [Fact]
    public void ASoundDataset_HasNoDamage()
    {
        Samples.Write(folder.Path, 75);
        Assert.Empty(DatasetVerifier.FindDamage(folder.Path));
    }

    [Fact]
    public void TwoHundredFlippedBits_AreEachFoundAndNamed()
    {
        Samples.Write(folder.Path, 75);
        var random = new Random(1);
        var files = Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal).ToArray();
        for (var trial = 0; trial < 200; trial++)
        {
            var path = files[trial % files.Length];
            var bits = new FileInfo(path).Length * 8;
            // Half of the flips of a shard go into its footer, which is small and has the delicate bytes.
            var bit = trial % 2 == 0 ? random.NextInt64(bits) : random.NextInt64(Math.Max(0, bits - 2000), bits);
            FlipBit(path, bit);
            var damage = DatasetVerifier.FindDamage(folder.Path);
            Assert.Contains(Path.GetFileName(path), Assert.Single(damage), StringComparison.Ordinal);
            FlipBit(path, bit);
        }
        Assert.Empty(DatasetVerifier.FindDamage(folder.Path));
    }

    [Fact]
    public void ALoneShard_WithAFlippedBitInItsData_HandsOutNoWrongByte()
    {
        var index = Samples.Write(folder.Path, 10);
        var path = folder[index.Shards[0].File];
        var expected = Samples.Take(10).ToArray();
        var random = new Random(2);
        var refused = 0;
        for (var trial = 0; trial < 100; trial++)
        {
            var bit = random.NextInt64(8 * 32, 8 * 5000);
            FlipBit(path, bit);
            try
            {
                foreach (var (sample, read) in expected.Zip(ShardReader.Open(path).ReadGroup(0))) Samples.AssertEqual(sample, read);
            }
            catch (Exception failure) when (failure is DamagedShardException or InvalidDataException)
            {
                refused++;
            }
            FlipBit(path, bit);
        }
        Assert.True(refused > 80, $"{refused} of 100 flips were noticed");
    }

    [Fact]
    public void MissingShortenedAndExchangedShards_AreFound()
    {
        var index = Samples.Write(folder["a"], 75);
        var (first, second) = (Path.Combine(folder["a"], index.Shards[0].File), Path.Combine(folder["a"], index.Shards[1].File));
        var bytes = File.ReadAllBytes(first);
        File.WriteAllBytes(first, bytes[..^1]);
        Assert.Contains("bytes", Assert.Single(DatasetVerifier.FindDamage(folder["a"])), StringComparison.Ordinal);
        File.Delete(first);
        Assert.Contains("missing", Assert.Single(DatasetVerifier.FindDamage(folder["a"])), StringComparison.Ordinal);
        File.Move(second, first);
        File.WriteAllBytes(second, bytes);
        Assert.Equal(2, DatasetVerifier.FindDamage(folder["a"]).Count);
    }

    [Fact]
    public void AnEditedIndex_IsFound()
    {
        Samples.Write(folder.Path, 75);
        var path = folder[DatasetIndex.FileName];
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"samples\": 75", "\"samples\": 74", StringComparison.Ordinal));
        Assert.Contains("index.json", Assert.Single(DatasetVerifier.FindDamage(folder.Path)), StringComparison.Ordinal);
    }
}
