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
    const int MostTries = 5;

    readonly string folder = Directory.CreateTempSubdirectory("flow-postgres-").FullName;
    readonly string data;

    /// <exception cref="InvalidOperationException">PostgreSQL is not installed, or does not start.</exception>
    public PostgresServer()
    {
        data = Path.Combine(folder, "data");
        if (Environment.UserName == "root") Run("chown", User, folder);
        Postgres("initdb", "-D", data, "-U", User, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C");
        StartOnFreePort();
    }

    public int Port { get; private set; }

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

    /// <summary>Another program may take a port between the look and the start.</summary>
    void StartOnFreePort()
    {
        for (var tries = 1; ; tries++)
            try
            {
                Port = FreePort();
                Start();
                return;
            }
            catch (InvalidOperationException) when (tries < MostTries)
            {
            }
    }

    /// <summary>Below those that the kernel gives to outgoing connections, so that it is still free after a restart.</summary>
    static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
            }
        }
    }
}
