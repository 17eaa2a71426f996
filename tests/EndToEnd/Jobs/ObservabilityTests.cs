using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dapper;
using Flow.TestData;
using Npgsql;
using Xunit;

namespace Flow.EndToEnd.Jobs;

/// <summary>Issue 8, lines 5 and 9: a worker on PostgreSQL, from its first log line to its answer: all it does can be seen, and its password nowhere.</summary>
public sealed class ObservabilityTests
{
    const string Secret = "correct-horse-battery";
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    const string Study = """
        {
          "name": "seen", "claim": "none: a few steps to watch", "source": "this test", "cost": "seconds", "command": "flow submit study.json",
          "codec": { "like": "tiny", "fitOn": ["depth"], "fitSamples": 24 },
          "datasets": { "depth": { "kind": "synthetic", "layout": "hypersim", "scenes": 24 } },
          "run": { "model": "tiny-d40-l2", "stages": [
            { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": { "like": "tiny-perception", "steps": 200, "batch": 8 } },
            { "kind": "held-out-loss", "dataset": "depth", "task": "depth" } ] }
        }
        """;

    [Fact]
    public async Task Worker_ShowsAllItDoes_AndItsPasswordNowhere()
    {
        using var server = new PostgresServer();
        using var collector = new Collector();
        using var outside = new FlowProgram();
        var secret = Path.Combine(outside.Store, "database");
        await File.WriteAllTextAsync(secret, $"{server.Connection};Password={Secret}");
        using var jobs = new JobsProcesses("@" + secret);
        jobs.Flow("submit", jobs.Study(Study));
        var steps = jobs.Flow("jobs", "show", "seen").GetProperty("steps").EnumerateArray().ToList();
        var training = steps.First(step => step.GetProperty("kind").GetString() == "fine-tune").GetProperty("step").GetString()!;
        using var follower = jobs.Start("jobs", "logs", "-f", training);
        var followed = follower.StandardOutput.ReadToEndAsync();

        var worker = jobs.Worker(
            ["--health", "0"], ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_METRIC_EXPORT_INTERVAL", "1000"));
        var seen = await Watch(jobs, worker);
        JobsProcesses.Signal(worker.Id, "TERM");
        Assert.True(worker.WaitForExit(Longest));

        Assert.Equal(0, worker.ExitCode);
        Assert.Equal((seen.Steps, 0), (jobs.WorkersAnswer().GetProperty("done").GetInt32(), jobs.WorkersAnswer().GetProperty("failed").GetInt32()));
        var lines = jobs.Logs().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(seen.Steps, lines.Count(line => line.GetProperty("event").GetString() == "step done" && line.GetProperty("seconds").GetDouble() > 0));
        Assert.All(steps, step => Assert.Contains("step " + step.GetProperty("kind").GetString(), collector.Sent("/v1/traces"), StringComparison.Ordinal));
        Assert.Contains("step process", collector.Sent("/v1/traces"), StringComparison.Ordinal);
        Assert.Contains("flow.steps.ended", collector.Sent("/v1/metrics"), StringComparison.Ordinal);
        Assert.Contains("flow.claim.duration", collector.Sent("/v1/metrics"), StringComparison.Ordinal);

        // Following ended with the step, and gave it whole.
        Assert.True(follower.WaitForExit(Longest));
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(jobs.Store, "logs", training + ".jsonl")), await followed);

        Assert.DoesNotContain(Secret, seen.Processes, StringComparison.Ordinal);
        Assert.DoesNotContain("FLOW_DATABASE", seen.Environment, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, collector.Sent("/v1/traces") + collector.Sent("/v1/metrics"), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, await Tables(server.Connection), StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(jobs.Folder, "*", SearchOption.AllDirectories))
            Assert.False((await File.ReadAllTextAsync(file)).Contains(Secret, StringComparison.Ordinal), file);
    }

    /// <summary>Looks from outside until the study is done.</summary>
    /// <returns>Arguments of the worker and of its steps' processes, the environment of those, and the number of steps.</returns>
    static async Task<(string Processes, string Environment, int Steps)> Watch(JobsProcesses jobs, Process worker)
    {
        var (arguments, environment, ready) = (new HashSet<string>(), "", false);
        using var client = new HttpClient();
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(200))
        {
            Assert.True(clock.Elapsed < Longest && !worker.HasExited, jobs.Logs());
            arguments.Add(Read($"/proc/{worker.Id}/cmdline"));
            foreach (var child in Children(worker.Id))
            {
                var line = Read($"/proc/{child}/cmdline");
                arguments.Add(line);
                // Until it has become the step's process, it has its worker's environment.
                if (line.Contains("--fence", StringComparison.Ordinal)) environment += Read($"/proc/{child}/environ");
            }
            if (!ready && Regex.Match(jobs.Logs(), @"health on port (\d+)") is { Success: true } port)
            {
                ready = (await client.GetAsync(new Uri($"http://127.0.0.1:{port.Groups[1]}/readyz"))).IsSuccessStatusCode;
                Assert.Contains("\"worker\"", await client.GetStringAsync(new Uri($"http://127.0.0.1:{port.Groups[1]}/healthz")), StringComparison.Ordinal);
            }
            var finished = Directory.Exists(Path.Combine(jobs.Store, "steps")) ? Directory.GetDirectories(Path.Combine(jobs.Store, "steps")).Length : 0;
            if (finished == 0 || Directory.GetDirectories(Path.Combine(jobs.Store, "work")).Length > 0) continue;
            var study = jobs.Flow("jobs", "show", "seen").GetProperty("study");
            if (study.GetProperty("state").GetString() != "done") continue;
            Assert.True(ready, "never ready");
            Assert.Contains("FLOW_STORE", environment, StringComparison.Ordinal);
            return (string.Join('\n', arguments), environment, study.GetProperty("steps").GetInt32());
        }
    }

    static IEnumerable<int> Children(int process)
    {
        try
        {
            return [.. Directory.EnumerateDirectories($"/proc/{process}/task").SelectMany(thread => Read(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Processes end while they are looked at.</summary>
    static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Every row of every table, the engine's and the ledger's.</summary>
    static async Task<string> Tables(string connectionString)
    {
        await using var database = new NpgsqlConnection(connectionString);
        var text = new List<string>();
        foreach (var table in await database.QueryAsync<string>("select quote_ident(table_schema) || '.' || quote_ident(table_name) from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')"))
            text.AddRange(await database.QueryAsync<string>($"select t::text from {table} t"));
        Assert.NotEmpty(text);
        return string.Join('\n', text);
    }
}
