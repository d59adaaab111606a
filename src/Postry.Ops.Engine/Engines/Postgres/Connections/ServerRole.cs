namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>Checks whether a server has the role that target_session_attrs asks for.</summary>
internal static class ServerRole
{
    /// <summary>True where it is.</summary>
    public static async Task<bool> IsAsync(PostgresSession session, string role, CancellationToken cancellation)
    {
        if (role == "any") return true;
        var standby = await session.IsTrueAsync("pg_catalog.pg_is_in_recovery()", cancellation);
        var readOnly = standby || await session.TextAsync(
            "SELECT pg_catalog.current_setting('transaction_read_only')", cancellation) == "on";
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
