using Microsoft.Data.Sqlite;
using Postry.Ops.Engine.Engines.Sqlite;

namespace Postry.Ops.Engine.Tests.Support;

/// <summary>Connections of the application's kind: Microsoft.Data.Sqlite, which the engine does not use.</summary>
internal static class AppConnections
{
    /// <summary>Opens a database; it is closed for good when disposed.</summary>
    public static SqliteConnection Open(string path)
    {
        // The native library is chosen once for the process, by the engine.
        _ = SqliteLibrary.Current;
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    /// <summary>Runs a statement with values for $1, $2 and so on.</summary>
    public static void Run(this SqliteConnection connection, string sql, params object[] values)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"${i + 1}", values[i]);
        command.ExecuteNonQuery();
    }
}
