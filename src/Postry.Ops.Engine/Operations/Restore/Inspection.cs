using Postry.Ops.Engine.Engines.Postgres.Target;
using Postry.Ops.Engine.Engines.Postgres.Transactions;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Restore;

/// <summary>The command that shows a kept copy before an undo, by stock tools alone and without changing it.</summary>
internal static class Inspection
{
    private const string SchemasPrefix = "schemas ";

    /// <summary>Returns the command for a shell; null if the copy is a folder, or a backup that is read like any other.</summary>
    /// <param name="record">The restore that made the copy.</param>
    /// <param name="copy">The name of the copy in the record.</param>
    /// <param name="address">The address of the restored database, without a password.</param>
    public static string? Command(RestoreRecord record, string copy, string address) => record.Mode switch
    {
        DatabaseMode.Sqlite when File.Exists(copy) => $"sqlite3 -readonly {Shell(copy)}",
        DatabaseMode.Postgres when SchemaCopies.IsSchemaCopy(copy) =>
            $"psql {Shell(address)} -c {Shell("SET default_transaction_read_only = on")} -c " +
            $"{Shell($@"\dt {copy[SchemasPrefix.Length..]}.*")} -f -",
        // The copy was closed to connections, and an undo closes it again.
        DatabaseMode.Postgres when KeptNames.IsKept(copy) =>
            $"psql {Shell(address)} -c {Shell($"ALTER DATABASE {PostgresNames.Quote(copy)} ALLOW_CONNECTIONS true")} -c " +
                $"{Shell($@"\connect {PostgresNames.Quote(copy)}")} -c {Shell("SET default_transaction_read_only = on")} -f -",
        _ => null,
    };

    private static string Shell(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
