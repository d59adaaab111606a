using System.Globalization;
using Npgsql;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;
using static Postry.Ops.Engine.Model.PostgresNames;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>The databases of a server, by name and by number. A number stays with a database when its name changes.</summary>
internal static class ServerDatabases
{
    /// <summary>The comment that a stage bears while it is one: a name alone is no proof of who made it.</summary>
    public static string StageComment(string identity, string restoreId) =>
        $"Postry.Ops: stage of the restore {restoreId} of {identity}. Swept by the next restore of that database.";

    /// <summary>The number of a database; null where there is none of the name.</summary>
    public static async Task<uint?> OidAsync(PostgresSession server, string name, CancellationToken cancellation) =>
        await server.TextAsync("SELECT oid::text FROM pg_catalog.pg_database WHERE datname = $1", cancellation, name)
            is { } oid ? uint.Parse(oid, CultureInfo.InvariantCulture) : null;

    /// <summary>The name of a database; null where there is none of the number.</summary>
    public static Task<string?> NameAsync(PostgresSession server, uint oid, CancellationToken cancellation) =>
        server.TextAsync($"SELECT datname::text FROM pg_catalog.pg_database WHERE oid = {oid}", cancellation);

    /// <summary>Size in bytes; 0 where there is none of the name, or where this role may not know.</summary>
    public static async Task<long> SizeAsync(PostgresSession server, string name, CancellationToken cancellation)
    {
        try
        {
            return await server.NumberAsync(
                "SELECT pg_catalog.pg_database_size(oid)::text FROM pg_catalog.pg_database WHERE datname = $1", cancellation, name);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return 0;
        }
    }

    /// <summary>Removes a database, with the sessions in it.</summary>
    public static async Task DropAsync(PostgresSession server, string name, CancellationToken cancellation)
    {
        // A standby refuses the statement even where there is nothing to remove.
        if (await OidAsync(server, name, cancellation) is not { } oid) return;
        var canForce = server.ServerMajor >= 13;
        if (!canForce) await SessionTerminator.EndAllAsync(server, SessionTerminator.Of(oid, []), cancellation);
        await server.ExecuteAsync($"DROP DATABASE IF EXISTS {Quote(name)}{(canForce ? " WITH (FORCE)" : "")}", cancellation);
    }

    /// <summary>
    /// Removes the stages that restores of a target have left. The caller must hold the target's lock, so that none of them is in use.
    /// </summary>
    public static async Task SweepStagesAsync(PostgresSession server, RestoreTarget target, CancellationToken cancellation)
    {
        var marked = await server.RowsAsync(
            "SELECT datname::text, pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datname LIKE " +
                "'postry\\_stage\\_%' AND pg_catalog.pg_has_role(datdba, 'USAGE')", cancellation);
        foreach (var row in marked)
        {
            // Another application's database may have such a name, but not such a comment.
            var restoreId = row[0]!.Split('_') is [_, _, var id, ..] ? id : "";
            if (row[1] == StageComment(target.Identity!, restoreId))
                await DropAsync(server, row[0]!, cancellation);
        }
    }
}
