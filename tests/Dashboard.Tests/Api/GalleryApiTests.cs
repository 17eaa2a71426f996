using System.Net;
using Xunit;

namespace Flow.Dashboard.Tests.Api;

/// <summary>Pictures of a real evaluation, and nothing beside them.</summary>
public sealed class GalleryApiTests(ServedTinyRun tiny) : IClassFixture<ServedTinyRun>
{
    readonly Served served = tiny.Served;

    [Fact]
    public async Task Gallery_HasEverySamplersPictures()
    {
        var all = (await served.Get("/api/gallery?study=tiny")).EnumerateArray().ToList();
        Assert.Equal(["D40", "D48"], all.Select(one => one.GetProperty("run").GetString()).Order());
        var step = all[0].GetProperty("step").GetString()!;
        var sample = (await served.Get($"/api/gallery/{step}")).GetProperty("samples")[0];
        var predictions = sample.GetProperty("predictions").EnumerateArray().ToList();
        Assert.Equal([(1, 1), (2, 2)], predictions.Select(one => (one.GetProperty("steps").GetInt32(), one.GetProperty("ensemble").GetInt32())));
        foreach (var file in new[] { sample.GetProperty("image"), sample.GetProperty("truth"), predictions[1].GetProperty("picture"), predictions[1].GetProperty("error"), predictions[1].GetProperty("uncertainty") })
        {
            var answer = await served.Client.GetAsync($"/api/gallery/{step}/{file.GetString()}");
            Assert.Equal("image/png", answer.Content.Headers.ContentType!.MediaType);
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], (await answer.Content.ReadAsByteArrayAsync())[..4]);
        }
    }

    [Fact]
    public async Task NothingOutsideAGallery_IsServed()
    {
        var step = (await served.Get("/api/gallery")).EnumerateArray().First().GetProperty("step").GetString();
        foreach (var path in new[] { $"/api/gallery/{step}/..%2fmeasurements.json", $"/api/gallery/{step}/none.png", $"/api/gallery/{new string('0', 64)}", "/api/gallery/..%2f..", "/api/gallery/short" })
            Assert.Equal(HttpStatusCode.NotFound, (await served.Client.GetAsync(path)).StatusCode);
    }
}
