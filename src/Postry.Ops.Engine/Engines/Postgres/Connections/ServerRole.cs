using Npgsql;

namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>Whether a server is what target_session_attrs asks for.</summary>
internal static class ServerRole
{
    /// <summary>True where it is.</summary>
    public static async Task<bool> IsAsync(NpgsqlConnection connection, string role, CancellationToken cancellation)
    {
        if (role == "any") return true;
        await using var command = new NpgsqlCommand(
            "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only')", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var standby = reader.GetBoolean(0);
        var readOnly = standby || reader.GetString(1) == "on";
        return role switch
        {
            "primary" => !standby,
            "standby" => standby,
            "read-write" => !readOnly,
            "read-only" => readOnly,
            _ => true,
        };
    }
}
