using System.Text.Json;
using Xunit;

namespace Flow.Cli.Tests;

/// <summary>Issue 8, line 5: submit, jobs and recur, on a store where no worker runs. Workers' side of them is tested with processes, in EndToEnd.</summary>
[Collection(InTinyLab.Name)]
public sealed class JobsCommandsTests(TinyLab lab)
{
    string Other => Path.Combine(lab.Root, "other.json");

    [Fact]
    public async Task SubmittedStudy_IsListedShownAndChanged()
    {
        var done = await Json("submit", lab.StudyFile);
        Assert.Equal((Number(done, "steps"), 0), (Number(done, "done"), Number(done, "ready")));

        await WriteOther();
        var steps = Number(await Json("submit", Other, "--priority", "high", "--max-parallel", "2"), "steps");
        var listed = await Json("jobs", "ls", "--study", "other");
        var study = Assert.Single(listed.GetProperty("studies").EnumerateArray());
        Assert.Equal(("other", "ready", "high", 2), (Text(study, "study"), Text(study, "state"), Text(study, "priority"), Number(study, "max_parallel")));
        Assert.Equal(steps - Number(study, "done"), listed.GetProperty("steps").GetArrayLength());
        Assert.Equal(steps, (await Json("jobs", "ls", "--study", "other", "--all")).GetProperty("steps").GetArrayLength());
        Assert.True((await Json("jobs", "ls")).GetProperty("studies").GetArrayLength() >= 2);

        var ready = listed.GetProperty("steps").EnumerateArray().First(step => Text(step, "state") == "ready");
        var name = Text(ready, "step")!;
        await Wish("pause", name[..12], 1, "paused");
        await Wish("resume", name[..12], 1, "ready");
        await Wish("cancel", name[..12], 1, "cancelled");
        await Wish("retry", name[..12], 1, "ready");
        Assert.Equal(["paused", "resumed", "cancelled", "retried"], (await Json("jobs", "show", name)).GetProperty("events").EnumerateArray().Select(happened => Text(happened, "event")));
        Assert.True(Number(await Json("jobs", "cancel", "other"), "steps") > 1);
        Assert.Equal("cancelled", Text((await Json("jobs", "show", "other")).GetProperty("study"), "state"));

        // For people, the same as tables.
        Assert.Contains("other", (await Ok("jobs", "ls", "--all")).Out, StringComparison.Ordinal);
        Assert.Contains("cancelled", (await Ok("jobs", "show", name)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_AreLinesOfTheStep_AndFollowingEndsWithIt()
    {
        await Json("submit", lab.StudyFile);
        var training = (await Json("jobs", "ls", "--study", "tiny", "--all")).GetProperty("steps").EnumerateArray().First(step => Text(step, "kind") == "fine-tune");
        var lines = (await Json("jobs", "logs", Text(training, "step")!)).EnumerateArray().ToList();
        Assert.Equal(["began", "done"], new[] { lines[0], lines[^1] }.Select(line => Text(line, "event")));
        var followed = (await Ok("jobs", "logs", "-f", Text(training, "step")![..12], "--json")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines.Select(line => line.GetRawText()), followed.Select(line => JsonDocument.Parse(line).RootElement.GetRawText()));
    }

    [Fact]
    public async Task Recurrence_IsAddedListedChangedAndRemoved()
    {
        var added = await Json("recur", "add", "nightly", "--cron", "0 2 * * *", "--zone", "Europe/Berlin", "--evaluate", "latest", "--study", lab.StudyFile, "--misfire", "skip");
        Assert.Equal(("nightly", "0 2 * * *", "Europe/Berlin", "skip"), (Text(added, "name"), Text(added, "cron"), Text(added, "time_zone"), Text(added, "misfire")));
        await Json("recur", "add", "nightly", "--cron", "30 3 * * 1", "--study", lab.StudyFile);
        await Json("recur", "pause", "nightly");
        var listed = Assert.Single((await Json("recur", "ls")).EnumerateArray());
        Assert.Equal(("30 3 * * 1", "UTC", "once", true), (Text(listed, "cron"), Text(listed, "time_zone"), Text(listed, "misfire"), listed.GetProperty("paused").GetBoolean()));
        await Json("recur", "resume", "nightly");
        await Json("recur", "rm", "nightly");
        Assert.Empty((await Json("recur", "ls")).EnumerateArray());
    }

    [Theory]
    [InlineData("flow jobs ls", "jobs", "show", "nobody")]
    [InlineData("name one of its steps", "jobs", "logs", "tiny")]
    [InlineData("four or more", "jobs", "cancel", "abc")]
    [InlineData("no study 'no-such-study'", "recur", "add", "x", "--cron", "0 2 * * *", "--study", "no-such-study")]
    [InlineData("five fields", "recur", "add", "x", "--cron", "0 25 * * *", "--study", "STUDY")]
    [InlineData("Europe/Berlin", "recur", "add", "x", "--cron", "0 2 * * *", "--zone", "Mars/Olympus", "--study", "STUDY")]
    [InlineData("latest, all or one of tiny", "recur", "add", "x", "--cron", "0 2 * * *", "--evaluate", "D999", "--study", "STUDY")]
    [InlineData("flow recur ls", "recur", "rm", "no-such-name")]
    [InlineData("--cron", "recur", "add", "x", "--study", "STUDY")]
    [InlineData("no-such-file.json", "submit", "no-such-file.json")]
    [InlineData("--max-parallel", "submit", "STUDY", "--max-parallel", "0")]
    [InlineData("--priority", "submit", "STUDY", "--priority", "urgent")]
    [InlineData("cpu, gpu", "worker", "--queues", "tpu")]
    [InlineData("cpu0,cpu1", "worker", "--devices", "0,0")]
    [InlineData("a libtorch with CUDA", "worker", "--devices", "98,99")]
    [InlineData("a libtorch with CUDA", "run", "STUDY", "--device", "cuda:99")]
    [InlineData("cpu, cuda, cuda:N", "run", "STUDY", "--device", "tpu")]
    [InlineData("--parallel", "worker", "--parallel", "0")]
    [InlineData("--health", "worker", "--health", "99999")]
    [InlineData("quartz", "worker", "--engine", "celery")]
    [InlineData("/no/such/file", "jobs", "ls", "--database", "@/no/such/file")]
    [InlineData("connection string", "jobs", "ls", "--database", "not one")]
    [InlineData("FLOW_DATABASE", "worker", "--database", "Host=127.0.0.1;Username=flow;Password=geheim;Database=flow")]
    public async Task Mistake_EndsWithCode2_AndItsRemedy(string remedy, params string[] words)
    {
        await Json("submit", lab.StudyFile);
        var answer = await lab.Flow([.. words.Select(word => word == "STUDY" ? lab.StudyFile : word)]);
        Assert.Equal((Verb.BadInput, ""), (answer.Code, answer.Out));
        Assert.StartsWith("flow: ", answer.Error, StringComparison.Ordinal);
        Assert.Contains(remedy, answer.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Looking_MakesNoStore()
    {
        var nowhere = lab.At("nowhere");
        var answer = await Terminal.Run("jobs", "ls", "--store", nowhere);
        Assert.Equal(Verb.BadInput, answer.Code);
        Assert.Contains("--store", answer.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(nowhere));
    }

    async Task Wish(string wish, string named, int reached, string state)
    {
        Assert.Equal(reached, Number(await Json("jobs", wish, named), "steps"));
        Assert.Equal(state, Text((await Json("jobs", "show", named)).GetProperty("step"), "state"));
    }

    /// <summary>The tiny study with another name and more updates: its data are done, its training is not.</summary>
    async Task WriteOther() => await File.WriteAllTextAsync(Other, (await File.ReadAllTextAsync(lab.StudyFile))
        .Replace("\"name\": \"tiny\"", "\"name\": \"other\"", StringComparison.Ordinal).Replace("\"steps\": 20", "\"steps\": 21", StringComparison.Ordinal));

    async Task<Answer> Ok(params string[] words)
    {
        var answer = await lab.Flow(words);
        Assert.True(answer.Code == Verb.Done, answer.Error);
        return answer;
    }

    async Task<JsonElement> Json(params string[] words) => (await Ok([.. words, "--json"])).Json;

    static string? Text(JsonElement element, string property) => element.GetProperty(property).GetString();

    static int Number(JsonElement element, string property) => element.GetProperty(property).GetInt32();
}
