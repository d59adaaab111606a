using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Scratch;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>
/// A real server on a private port of 127.0.0.1 and a private socket, with passwords (SCRAM) on both, without fsync. Root runs the server
/// as user postgres, other users as themselves. Most tests share one server, and each creates databases and roles of its own; a test that
/// stops, crashes or configures a server starts one for itself.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The superuser.</summary>
    public const string Superuser = "postgres";

    private const int LongestSocketFolder = 88;

    // The shared server is never disposed: it ends with this process and removes its data, and the next run sweeps the empty folder.
    private static readonly Lazy<PostgresServer> TheShared = new(() => Task.Run(() => StartAsync()).GetAwaiter().GetResult());

    private readonly ServerFolder _folder;
    private readonly ServerUser _user;
    private readonly LocalServer _server;
    private readonly string[] _settings;
    private int _names;

    private PostgresServer(ServerFolder folder, ServerUser user, LocalServer server, string[] settings, int port, int major)
    {
        _folder = folder;
        _user = user;
        _server = server;
        _settings = settings;
        Port = port;
        Major = major;
    }

    /// <summary>The one that most tests use; it stops with the test run.</summary>
    public static PostgresServer Shared => TheShared.Value;

    public int Port { get; }

    public int Major { get; }

    /// <summary>The superuser's password: what a shell, a URL and a connection string trip over.</summary>
    public string Password { get; } = "p@ss w'ord;%2F\"" + Guid.NewGuid().ToString("N")[..6];

    /// <summary>The data folder, which is also that of the socket. The folder is closed to all but the server's user and root.</summary>
    public string DataFolder => _folder.UserFolder;

    /// <summary>Process id of the server.</summary>
    public int ProcessId => int.Parse(File.ReadLines(Path.Combine(DataFolder, "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>Starts a server of one's own. Settings are name=value, as in postgresql.conf (wal_level=logical,
    /// max_connections=10).</summary>
    /// <param name="tls">True to offer TLS, with the certificate in <see cref="Certificate"/>.</param>
    /// <param name="settings">Settings over the usual ones.</param>
    public static async Task<PostgresServer> StartAsync(bool tls = false, params string[] settings)
    {
        var initdb = PgTools.Find("initdb", 1, "the tests' server");
        var postgres = new PgTool("postgres", Path.Combine(Path.GetDirectoryName(initdb.Path)!, "postgres"), initdb.Major, initdb.Version);
        await ScratchCluster.SweepAsync(Path.GetTempPath());
        var user = ServerUser.Choose()!;
        var folder = ServerFolder.Create([], user, LongestSocketFolder);
        await LocalServer.InitializeAsync(initdb, folder.UserFolder, user, ["--auth=trust", "--encoding=UTF8"], default);
        var port = FreePort();
        string[] all =
        [
            "listen_addresses=127.0.0.1", $"port={port}", $"unix_socket_directories={folder.UserFolder}", "max_connections=100",
            "max_prepared_transactions=10",
            "fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=64MB", "autovacuum=off",
            "log_min_messages=fatal", "password_encryption=scram-sha-256", $"ssl={(tls ? "on" : "off")}", .. settings,
        ];
        var server = new PostgresServer(folder, user, new LocalServer(postgres, folder.UserFolder, user), all, port, initdb.Major);
        if (tls) server.AddCertificate();
        await server.RestartAsync();
        await server.RunAsync($"ALTER ROLE {Superuser} PASSWORD '{server.Password.Replace("'", "''")}'");
        await server.AdmitAsync("local all all scram-sha-256", "host all all 127.0.0.1/32 scram-sha-256",
            "local replication all scram-sha-256", "host replication all 127.0.0.1/32 scram-sha-256");
        return server;
    }

    /// <summary>The address of a database over TCP.</summary>
    public PostgresAddress Address(string database, string user = Superuser, string? password = null) =>
        new() { Hosts = [new PostgresHost("127.0.0.1", Port)], Database = database, User = user, Password = password ?? Password };

    /// <summary>The address of a database over the socket. Root, and who started the server, can use it.</summary>
    public PostgresAddress SocketAddress(string database) => Address(database) with { Hosts = [new PostgresHost(DataFolder, Port)] };

    /// <summary>The address as a URL with the password.</summary>
    public string Url(string database, string user = Superuser, string? password = null) =>
        $"postgresql://{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password ?? Password)}@127.0.0.1:{Port}" +
            $"/{Uri.EscapeDataString(database)}";

    /// <summary>The path of the server's certificate, which is its own authority.</summary>
    public string Certificate => Path.Combine(Path.GetDirectoryName(DataFolder)!, "server.crt");

    /// <summary>Makes a database. The database stays as long as the server does.</summary>
    /// <param name="name">The name; null for a new one.</param>
    /// <param name="options">The text after CREATE DATABASE name.</param>
    public async Task<PostgresAddress> CreateDatabaseAsync(string? name = null, string options = "")
    {
        name ??= NewName("db");
        // The copy of files is the quicker one where nothing is synced.
        var copy = Major >= 15 ? " STRATEGY file_copy" : "";
        await RunAsync($"CREATE DATABASE {Quote(name)} {options}{copy}");
        return Address(name);
    }

    /// <summary>Makes a role that can log in.</summary>
    /// <param name="options">The text after CREATE ROLE name LOGIN PASSWORD '...' (CREATEDB, CONNECTION LIMIT 0).</param>
    /// <param name="name">The name; null for a new one.</param>
    public async Task<(string Name, string Password)> CreateRoleAsync(string options = "", string? name = null)
    {
        name ??= NewName("role");
        var password = "pw-" + Guid.NewGuid().ToString("N")[..8];
        await RunAsync($"CREATE ROLE {Quote(name)} LOGIN PASSWORD '{password}' {options}");
        return (name, password);
    }

    /// <summary>Runs SQL as superuser outside of a transaction.</summary>
    public async Task RunAsync(string sql, string database = Superuser)
    {
        await using var connection = await ConnectAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>An ordinary, unpooled connection, as an application has it, which the engine did not make.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(string database, string user = Superuser, string? password = null)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = Port, Database = database, Username = user, Password = password ?? Password, Pooling = false,
                GssEncryptionMode = GssEncryptionMode.Disable,
        }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Runs SQL in the stock psql and returns what it says, unaligned and without headers; an error is a test failure.</summary>
    public string Psql(string database, string sql) =>
        Tool("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"], database, sql).TrimEnd('\n');

    /// <summary>The schema of a database by the stock pg_dump, without the lines that differ from run to run.</summary>
    public string PgDumpSchema(string database) => string.Join('\n', Tool("pg_dump", ["--schema-only"], database)
        .Split('\n').Where(line => !line.StartsWith("\\restrict", StringComparison.Ordinal)
            && !line.StartsWith("\\unrestrict", StringComparison.Ordinal)));

    /// <summary>Runs a stock client program on a database; an error is a test failure.</summary>
    public string Tool(string program, string[] arguments, string database, string input = "") =>
        ClientTool.Run(program, arguments, input, new()
    {
        ["PGHOST"] = "127.0.0.1", ["PGPORT"] = $"{Port}", ["PGUSER"] = Superuser, ["PGPASSWORD"] = Password, ["PGDATABASE"] = database,
            ["PGCLIENTENCODING"] = "UTF8",
    });

    /// <summary>Replaces the rules of pg_hba.conf.</summary>
    public async Task AdmitAsync(params string[] rules)
    {
        await using var connection = await ConnectAsync(Superuser);
        // Written into the file that is there, which keeps its owner.
        await File.WriteAllLinesAsync(Path.Combine(DataFolder, "pg_hba.conf"), rules);
        await using var command = new NpgsqlCommand("SELECT pg_reload_conf(), pg_sleep(0.1)", connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Stops the server as a crash does: sessions break, the next start recovers.</summary>
    public Task CrashAsync() => _server.CrashAsync();

    /// <summary>Stops the server in order.</summary>
    public Task StopAsync() => _server.StopAsync();

    /// <summary>Starts it again.</summary>
    public Task RestartAsync() => _server.StartAsync(_settings, SocketAddress(Superuser), default);

    /// <summary>Restarts the server as a standby without a source, so that it can be read only.</summary>
    public async Task BecomeStandbyAsync()
    {
        await StopAsync();
        var signal = Path.Combine(DataFolder, "standby.signal");
        await File.WriteAllTextAsync(signal, "");
        Own(signal);
        await RestartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync();
        File.Delete(Certificate);
        _folder.Dispose();
    }

    /// <summary>A name for use in a statement.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"")}\"";

    private string NewName(string kind) => $"{kind}_{Interlocked.Increment(ref _names)}_{Guid.NewGuid().ToString("N")[..6]}";

    private void AddCertificate()
    {
        var (certificate, key) = SelfSigned.Make("localhost", IPAddress.Loopback);
        File.WriteAllText(Certificate, certificate);
        File.SetUnixFileMode(Certificate, (UnixFileMode)0b110_100_100);
        foreach (var (name, text) in new[] { ("server.crt", certificate), ("server.key", key) })
        {
            var path = Path.Combine(DataFolder, name);
            File.WriteAllText(path, text);
            File.SetUnixFileMode(path, (UnixFileMode)0b110_000_000);
            Own(path);
        }
    }

    private void Own(string path)
    {
        if (_user.Name is not null) Assert.True(UnixCalls.TryChangeOwner(path, _user.UserId, _user.GroupId));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
