using Npgsql;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>Opens connections: unpooled, pinned, without timeouts, to the first host that will do.</summary>
internal static class PostgresConnector
{
    /// <summary>The hint for a name that cannot be given to programs.</summary>
    public const string RenameHint =
        "Give it a name in UTF-8: connect with psql to another database of the server, SET client_encoding = SQL_ASCII, and use " +
        "ALTER ... RENAME TO. Names and comments inside a database may hold any bytes.";

    private const string NoStatementTimeout = "-c statement_timeout=0";

    /// <summary>The problem with a name that holds bytes which are no UTF-8.</summary>
    public static string NotPassable(string what) =>
        $"The name of the {what} holds bytes that are no UTF-8 (or a character from U+F780 to U+F7FF, which stands for one): the " +
        "programs of PostgreSQL cannot be given such a name.";

    /// <summary>
    /// Opens a session. Errors: DatabaseUnreachable, AuthenticationFailed, SourceNotFound (no such database), DatabaseBusy (no connection
    /// free), PoolerNotSupported, InvalidRequest (a certificate file that cannot be used).
    /// </summary>
    /// <param name="address">The address.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <param name="applicationName">The name that the server's administrator sees; null for "postry" and the operation.</param>
    public static async Task<NpgsqlSession> OpenAsync(PostgresAddress address, CancellationToken cancellation,
        string? applicationName = null)
    {
        if (ByteKeepingEncoding.HasBytes(address.Database) || ByteKeepingEncoding.HasBytes(address.User))
            throw new InvalidRequestException(address.Name, NotPassable("database or role"), RenameHint);
        applicationName ??= address.Parameters.GetValueOrDefault("application_name") ?? CurrentOperation.ApplicationName;
        var failures = new List<OpsException>();
        foreach (var (host, role) in Attempts(address))
        {
            var only = address with { Hosts = [host] };
            try
            {
                if (await OpenOneAsync(only, role, applicationName, cancellation) is { } session)
                    return session;
                failures.Add(new DatabaseUnreachableException(only.Name,
                    $"{only.Name} is not what the address asks for: target_session_attrs={role}.",
                    "Check the hosts of the address, or target_session_attrs."));
            }
            catch (Exception e)
            {
                cancellation.ThrowIfCancellationRequested();
                if (e is OpsException) throw;
                if (PostgresErrors.Explain(e, only) is not { } explained) throw;
                // libpq also stops at a host that refuses the login, and goes on after a host that cannot be reached.
                if (explained is not DatabaseUnreachableException) throw explained;
                failures.Add(explained);
            }
        }

        if (failures.Count == 1) throw failures[0];
        throw new DatabaseUnreachableException(address.Name,
            "None of the hosts can be used. " + string.Join(" ", failures.Select(failure => failure.Message).Distinct()),
            failures[^1].Hint, failures[^1]);
    }

    /// <summary>The address with only the host that a connection really went to, for children and further connections of the same
    /// operation.</summary>
    public static PostgresAddress ConnectedAddress(NpgsqlSession session, PostgresAddress address) =>
        address with { Hosts = [new PostgresHost(session.Connection.Host!, session.Connection.Port)], Parameters =
            address.Parameters.Where(parameter => parameter.Key != "target_session_attrs").ToDictionary() };

    // Null where the server is not what is asked for.
    private static async Task<NpgsqlSession?> OpenOneAsync(PostgresAddress address, string role, string applicationName,
        CancellationToken cancellation)
    {
        try
        {
            return await PrepareAsync(address, role, applicationName, cancellation);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.QueryCanceled && !cancellation.IsCancellationRequested)
        {
            // A role or database may have a statement timeout that is too short even for the statements before the pins. The option is not
            // set for every session, because poolers refuse sessions with options.
            return await PrepareAsync(address.WithOptions(NoStatementTimeout), role, applicationName, cancellation);
        }
    }

    private static async Task<NpgsqlSession?> PrepareAsync(PostgresAddress address, string role, string applicationName,
        CancellationToken cancellation)
    {
        var session = await ConnectAsync(address, applicationName, cancellation);
        var isReady = false;
        try
        {
            await TransactionPooler.RefuseAsync(session, token => ConnectAsync(address, applicationName, token), address,
                cancellation);
            if (!await ServerRole.IsAsync(session, role, cancellation)) return null;
            await SessionSettings.PinAsync(session, cancellation);
            isReady = true;
            return session;
        }
        finally
        {
            if (!isReady) await session.DisposeAsync();
        }
    }

    private static async Task<NpgsqlSession> ConnectAsync(PostgresAddress address, string applicationName,
        CancellationToken cancellation)
    {
        try
        {
            return await ConnectAsync(address, applicationName, "UTF8", cancellation);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CharacterNotInRepertoire)
        {
            // Npgsql reads the names of types before the session can be pinned, and those of an SQL_ASCII database need not be UTF-8.
            return await ConnectAsync(address, applicationName, "SQL_ASCII", cancellation);
        }
    }

    private static async Task<NpgsqlSession> ConnectAsync(PostgresAddress address, string applicationName, string clientEncoding,
        CancellationToken cancellation)
    {
        var source = new NpgsqlDataSourceBuilder(
            ConnectionSettings.For(address, address.Hosts[0], applicationName, clientEncoding).ConnectionString);
        if (ConnectionSettings.Protocols(address) is { } protocols) source.UseSslClientAuthenticationOptionsCallback(protocols);
        var opening = OpenAndForgetAsync(source, cancellation);
        try
        {
            // Npgsql does not notice a cancellation while it waits for a server that says nothing.
            return await opening.WaitAsync(cancellation);
        }
        catch (OperationCanceledException) when (!opening.IsCompleted)
        {
            _ = opening.ContinueWith(late => late.Result.DisposeAsync().AsTask(), CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    private static async Task<NpgsqlSession> OpenAndForgetAsync(NpgsqlDataSourceBuilder source, CancellationToken cancellation)
    {
        // The source has no pool, so the connection outlives it; its knowledge of the database's types must not outlive a swap.
        await using var built = source.Build();
        return new NpgsqlSession(await built.OpenConnectionAsync(cancellation));
    }

    private static IEnumerable<(PostgresHost Host, string Role)> Attempts(PostgresAddress address)
    {
        var role = address.Parameters.GetValueOrDefault("target_session_attrs", "any");
        if (role != "prefer-standby") return address.Hosts.Select(host => (host, role));
        return [.. address.Hosts.Select(host => (host, "standby")), .. address.Hosts.Select(host => (host, "any"))];
    }
}
