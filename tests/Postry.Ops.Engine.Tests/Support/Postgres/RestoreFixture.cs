using System.Globalization;
using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>A database with roles of its own on a test server; its sessions go when disposed.</summary>
internal sealed class RestoreFixture : IAsyncDisposable
{
    private readonly PostgresServer _server;
    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly Dictionary<string, string> _passwords = [];
    private readonly List<NpgsqlSession> _sessions = [];

    private RestoreFixture(PostgresServer server)
    {
        _server = server;
        _passwords[PostgresServer.Superuser] = server.Password;
        Live = $"live {_id}";
    }

    /// <summary>The live database's name.</summary>
    public string Live { get; }

    /// <summary>The owner of the database, a role that may create databases.</summary>
    public string Owner => $"owner_{_id}";

    /// <summary>Makes a database that belongs to an owner with CREATEDB.</summary>
    public static async Task<RestoreFixture> CreateAsync(PostgresServer? server = null)
    {
        var fixture = new RestoreFixture(server ?? PostgresServer.Shared);
        await fixture.AddRoleAsync("owner", "CREATEDB");
        await fixture.RunAsync($"CREATE DATABASE {Q(fixture.Live)} OWNER {fixture.Owner}");
        return fixture;
    }

    /// <summary>Makes a role that may log in; returns its name.</summary>
    public async Task<string> AddRoleAsync(string name, string rights = "")
    {
        var (role, password) = await _server.CreateRoleAsync(rights, Name(name));
        _passwords[role] = password;
        return role;
    }

    /// <summary>A name that goes with the site.</summary>
    public string Name(string name) => $"{name}_{_id}";

    /// <summary>The address of a database, as the superuser unless a role is named.</summary>
    public PostgresAddress Address(string? role = null, string? database = null) =>
        _server.Address(database ?? Live, role ?? PostgresServer.Superuser,
        _passwords.GetValueOrDefault(role ?? PostgresServer.Superuser, "none"));

    /// <summary>A session that is there until the end.</summary>
    public async Task<NpgsqlSession> OpenAsync(string? role = null, string? database = null)
    {
        var session = await PostgresConnector.OpenAsync(Address(role, database), default);
        _sessions.Add(session);
        return session;
    }

    /// <summary>Runs statements, each outside of a transaction, on "postgres" as the superuser unless something else is named.</summary>
    public async Task RunAsync(string sql, string database = "postgres", string? role = null)
    {
        await using var session = await PostgresConnector.OpenAsync(Address(role, database), default);
        foreach (var statement in sql.Split(";;"))
            await session.ExecuteAsync(statement, default);
    }

    /// <summary>Returns one value, as text.</summary>
    public async Task<string?> AskAsync(string sql, string database = "postgres")
    {
        await using var session = await PostgresConnector.OpenAsync(Address(null, database), default);
        await using var command = new NpgsqlCommand(sql, session.Connection);
        return await command.ExecuteScalarAsync() is { } value and not DBNull ? value.ToString() : null;
    }

    /// <summary>The number of the live database.</summary>
    public async Task<uint> OidAsync() => uint.Parse((await AskAsync($"SELECT oid FROM pg_database WHERE datname = '{Live}'"))!,
        CultureInfo.InvariantCulture);

    /// <summary>True while a session answers.</summary>
    public static async Task<bool> IsAliveAsync(NpgsqlSession session)
    {
        try
        {
            await session.ExecuteAsync("SELECT 1", default);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>A name for use in a statement.</summary>
    public static string Q(string name) => PostgresServer.Quote(name);

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions) await session.DisposeAsync();
    }
}
