namespace Postry.Ops.Engine.Engines.Postgres.Connections;

/// <summary>
/// The settings under which every row has one text, and under which nothing ends a long operation. Roles, databases and addresses can set
/// them otherwise, so they are set again in each session and for each child.
/// </summary>
internal static class SessionSettings
{
    /// <summary>Settings that change the text of values or the form of names.</summary>
    public static readonly IReadOnlyList<KeyValuePair<string, string>> Texts =
    [
        new("TimeZone", "UTC"),
        new("DateStyle", "ISO, YMD"),
        new("IntervalStyle", "postgres"),
        new("extra_float_digits", "3"),
        new("bytea_output", "hex"),
        new("lc_monetary", "C"),
        new("quote_all_identifiers", "off"),
        new("standard_conforming_strings", "on"),
    ];

    /// <summary>Settings that end sessions and statements, with the server's first major version that knows them.</summary>
    public static readonly IReadOnlyList<(string Name, int Since)> Timeouts =
    [
        ("statement_timeout", 0), ("lock_timeout", 0), ("idle_in_transaction_session_timeout", 0), ("idle_session_timeout", 14),
        ("transaction_timeout", 17),
    ];

    /// <summary>
    /// Sets in which encoding names and rows come and go. A database without an encoding (SQL_ASCII) holds whatever was put in: its bytes
    /// are taken as they are.
    /// </summary>
    public const string SetEncoding =
        "SELECT pg_catalog.set_config('client_encoding', CASE WHEN pg_catalog.current_setting('server_encoding') " +
        "OPERATOR(pg_catalog.=) 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END, false)";

    // Row security off: a role that does not see all rows gets an error, not fewer rows. A setting that the server does not know is passed
    // over.
    private static readonly string Sql =
        "SELECT pg_catalog.set_config('search_path', '', false); "
        + "SELECT pg_catalog.set_config(wanted.name, wanted.value, false) FROM (VALUES "
        + string.Join(", ", Texts.Concat(Timeouts.Select(timeout => new KeyValuePair<string, string>(timeout.Name, "0")))
            .Concat([new("row_security", "off")]).Select(pin => $"('{pin.Key}', '{pin.Value}')"))
        + ") AS wanted (name, value) JOIN pg_catalog.pg_settings AS known ON known.name = wanted.name; "
        + $"{SetEncoding}; "
        // A committed step must be on disk before the journal calls it done, even if the server crashes right after it.
        + "SELECT pg_catalog.set_config('synchronous_commit', 'on', false) WHERE pg_catalog.current_setting('synchronous_commit') = 'off'";

    /// <summary>Returns the client encoding for the arguments of programs, by the database's encoding.</summary>
    public static string ClientEncoding(string? databaseEncoding) => databaseEncoding == "SQL_ASCII" ? "SQL_ASCII" : "UTF8";

    /// <summary>Pins a session.</summary>
    public static Task PinAsync(PostgresSession session, CancellationToken cancellation) => session.ExecuteAsync(Sql, cancellation);
}
