using System.Net;
using System.Text;
using Flow.Storage.Results;
using Xunit;

namespace Flow.Dashboard.Tests.Api;

/// <summary>Queries over HTTP: answers, exports, schema, saved ones.</summary>
public sealed class QueryApiTests(ServedOnce once) : IClassFixture<ServedOnce>
{
    readonly Served served = once.Served;

    [Fact]
    public async Task Query_AnswersOverAnEmptyStore()
    {
        var table = await served.Post("/api/query", new { sql = "select count(*) as n from results" });
        Assert.Equal("n", table.GetProperty("columns")[0].GetProperty("name").GetString());
        Assert.Equal(0, table.GetProperty("rows")[0][0].GetInt32());
    }

    [Theory]
    [InlineData("select * from read_csv('/etc/passwd')")]
    [InlineData("copy (select 1) to '/tmp/out.csv'")]
    [InlineData("selec 1")]
    [InlineData("")]
    public async Task WrongOrForbiddenQuery_IsAnsweredWithItsReason(string sql)
    {
        var answer = await served.Send(HttpMethod.Post, "/api/query", new { sql });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.True((await Served.Message(answer)).Length > 5);
    }

    [Fact]
    public async Task Export_GivesEachFormat()
    {
        const string sql = "select 'a,b' as word, 2 as whole, 0.1::double as number union all select '=1+1', null, null order by word desc";
        var address = "/api/query/export?sql=" + Uri.EscapeDataString(sql) + "&format=";
        Assert.Equal("word,whole,number\n\"a,b\",2,0.1\n'=1+1,,\n", await served.Client.GetStringAsync(address + "csv"));
        var json = await served.Get(address + "json");
        Assert.Equal("a,b", json[0].GetProperty("word").GetString());
        var parquet = await served.Client.GetByteArrayAsync(address + "parquet");
        Assert.Equal("PAR1", Encoding.ASCII.GetString(parquet[..4]));
        Directory.CreateDirectory(Path.Combine(served.Store, "given"));
        await File.WriteAllBytesAsync(Path.Combine(served.Store, "given", "answer.parquet"), parquet);
        var back = new ResultStore(served.Store).Query($"select word, whole, number from read_parquet('{served.Store}/given/answer.parquet') order by word desc");
        Assert.Equal(["a,b", 2L, 0.1], back.Rows[0]);
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("json")]
    [InlineData("parquet")]
    public async Task Export_TakesNumbersThatAreNone_AndNamesThatAreTwice(string format)
    {
        var answer = await served.Client.GetAsync("/api/query/export?sql=" + Uri.EscapeDataString("select 'nan'::double as x, '-inf'::double as x") + "&format=" + format);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        if (format == "json") Assert.Contains("NaN", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownFormat_IsRefused() =>
        Assert.Equal(HttpStatusCode.BadRequest, (await served.Client.GetAsync("/api/query/export?sql=select%201&format=exe")).StatusCode);

    [Fact]
    public async Task Schema_NamesTheViewsAndTheirColumns()
    {
        var views = (await served.Get("/api/query/schema")).EnumerateArray().ToDictionary(view => view.GetProperty("name").GetString()!);
        Assert.Equal(["curves", "results", "runs"], views.Keys.Order());
        Assert.Contains(views["results"].GetProperty("columns").EnumerateArray(), column => column.GetProperty("name").GetString() == "train_macs");
    }

    [Fact]
    public async Task SavedQuery_IsKeptAndForgotten()
    {
        await served.Send(HttpMethod.Put, "/api/query/saved/best%20runs", new { text = "select 1" });
        Assert.Equal("select 1", (await served.Get("/api/query/saved"))[0].GetProperty("sql").GetString());
        await served.Send(HttpMethod.Delete, "/api/query/saved/best%20runs");
        Assert.Equal(0, (await served.Get("/api/query/saved")).GetArrayLength());
    }

    [Theory]
    [InlineData("..%2f..%2fevil")]
    [InlineData(".hidden")]
    public async Task NameThatIsAPath_IsRefused(string name) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await served.Send(HttpMethod.Put, "/api/query/saved/" + name, new { text = "select 1" })).StatusCode);
}
