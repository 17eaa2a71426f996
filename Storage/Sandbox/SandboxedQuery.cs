using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Flow.Storage.Engines;
using Flow.Storage.Results;

namespace Flow.Storage.Sandbox;

/// <summary>The inside of the sandbox: a process that gives up everything but reading one store, is then handed one question, and answers it.</summary>
public static class SandboxedQuery
{
    /// <summary>Confines this process, reads the question from <paramref name="asked"/> to its end, and answers.</summary>
    /// <param name="asked">A line with the most rows wanted, then the query.</param>
    /// <param name="store">Absolute path of the store.</param>
    public static void Run(string store, SandboxLimits limits, Stream asked, Stream answer)
    {
        // The engine's library is loaded and its first use compiled while that may still be done.
        using (var warm = Engine.Sql.Open(new SqlLimits([store], limits.EngineMemoryBytes, limits.Threads), "")) warm.Query("select 1", 1);
        Exception? broken = null;
        var confined = new Thread(() =>
        {
            try
            {
                Confinement.Apply([store, .. Needed()], limits);
                answer.WriteByte(SqlSandbox.Ready);
                answer.Flush();
                Answer(store, limits, asked, answer);
            }
            catch (Exception failure)
            {
                broken = failure;
            }
        });
        confined.Start();
        confined.Join();
        if (broken is not null) throw broken;
    }

    static void Answer(string store, SandboxLimits limits, Stream asked, Stream answer)
    {
        using var reader = new StreamReader(asked, Encoding.UTF8);
        var rows = int.Parse(reader.ReadLine() ?? "0", CultureInfo.InvariantCulture);
        var sql = reader.ReadToEnd();
        using var written = new MemoryStream();
        try
        {
            using var session = new ResultStore(store).Open(new SqlLimits([store], limits.EngineMemoryBytes, limits.Threads));
            TableWire.Write(written, session.Query(sql, rows), limits.AnswerBytes);
        }
        catch (Exception refusal) when (refusal is SqlException or OutOfMemoryException)
        {
            written.SetLength(0);
            TableWire.WriteRefusal(written, refusal is OutOfMemoryException ? "the query took more memory than it may" : refusal.Message);
        }
        written.WriteTo(answer);
        answer.Flush();
    }

    /// <summary>The program itself, the runtime, and what both read of the system; nothing of it is anybody's data.</summary>
    static IEnumerable<string> Needed() =>
    [
        AppContext.BaseDirectory, Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
        "/lib", "/lib64", "/usr/lib", "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/proc/self", "/proc/meminfo", "/sys/devices/system/cpu", "/sys/fs/cgroup", "/dev/null", "/dev/urandom",
    ];
}
