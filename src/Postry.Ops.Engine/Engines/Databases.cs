using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.Engines.Sqlite;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines;

/// <summary>The one place that knows which databases there are.</summary>
internal static class Databases
{
    /// <summary>The database at an address, which need not exist. Nothing is opened yet. Errors: ModeNotSupported.</summary>
    public static IDatabase At(OpsSettings settings, DatabaseAddress address, IOperationObserver observer) => address switch
    {
        SqliteAddress file => new SqliteDatabase(settings, file, observer),
        RuntimeAddress files => new RuntimeFiles(settings, files, observer),
        PostgresAddress server => new PostgresDatabase(settings, server, observer),
        _ => throw new ModeNotSupportedException(address.Name, $"There is no engine for {address.GetType().Name}.",
            "Use a file or the address of a PostgreSQL server."),
    };
}
