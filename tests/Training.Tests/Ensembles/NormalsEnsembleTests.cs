using Flow.TestData;
using Flow.Training.Ensembles;
using Xunit;

namespace Flow.Training.Tests.Ensembles;

public sealed class NormalsEnsembleTests
{
    public static IEnumerable<object[]> Files => GoldenCases.Files("marigold_normals*.safetensors");

    [GoldenTheory]
    [MemberData(nameof(Files))]
    public void DirectionsAndAngles_AreMarigolds(string file)
    {
        var golden = GoldenFile.Open(file);
        var all = golden.Floats("normals").Select(value => (double)value).ToArray();
        double[][] members = [.. all.Chunk(all.Length / (int)golden.Shape("normals")[0])];
        foreach (var (name, closest) in new[] { ("closest", true), ("mean", false) })
        {
            var (normals, uncertainty) = NormalsEnsemble.Of(members, closest);
            Assert.All(golden.Floats($"normals.{name}.output").Zip(normals), pair => Assert.Equal(pair.Item1, pair.Item2, 2e-5));
            // arccos near 1 doubles the digits that fp32 loses
            Assert.All(golden.Floats($"normals.{name}.uncertainty").Zip(uncertainty), pair => Assert.Equal(pair.Item1, pair.Item2, 1e-4));
        }
    }
}
