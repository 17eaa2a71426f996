using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Flow.TestData;

/// <summary>
/// A PostgreSQL server of the tests' own, in a temporary folder and on a free port of loopback. The server refuses to run as root, so that
/// root starts it as the user that Debian's package made.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    const string User = "postgres";

    readonly string folder = Directory.CreateTempSubdirectory("flow-postgres-").FullName;
    readonly string data;

    /// <exception cref="InvalidOperationException">PostgreSQL is not installed, or does not start.</exception>
    public PostgresServer()
    {
        data = Path.Combine(folder, "data");
        Port = FreePort();
        if (Environment.UserName == "root") Run("chown", User, folder);
        Postgres("initdb", "-D", data, "-U", User, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C");
        Start();
    }

    public int Port { get; }

    /// <summary>Connection string of the server's first database.</summary>
    public string Connection => Of("postgres");

    /// <summary>Makes an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public string Create()
    {
        var name = $"t{Guid.NewGuid():N}";
        Postgres("createdb", "-h", "127.0.0.1", "-p", $"{Port}", "-U", User, name);
        return Of(name);
    }

    public void Start() => Postgres("pg_ctl", "-D", data, "-w", "-l", Path.Combine(folder, "log"), "-o", $"-p {Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c max_connections=200 -c shared_buffers=64MB", "start");

    /// <summary>At once and without a word to its clients, as a crash would.</summary>
    public void Stop() => Postgres("pg_ctl", "-D", data, "-m", "immediate", "stop");

    public void Dispose()
    {
        Stop();
        Directory.Delete(folder, recursive: true);
    }

    string Of(string database) => $"Host=127.0.0.1;Port={Port};Username={User};Database={database}";

    static void Postgres(string program, params string[] arguments)
    {
        var path = Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin", program)).LastOrDefault(File.Exists) ?? program
            : program;
        if (Environment.UserName == "root") Run("setpriv", [$"--reuid={User}", $"--regid={User}", "--clear-groups", path, .. arguments]);
        else Run(path, arguments);
    }

    static void Run(string program, params string[] arguments)
    {
        // Not redirected: the server inherits the streams, and a pipe would stay open as long as it lives.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/" };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec \"$@\" > /dev/null 2>&1 < /dev/null");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(program);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit {process.ExitCode}; is postgresql installed (setup/packages-test.txt)?");
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
