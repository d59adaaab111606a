using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Reads the definitions of a database to compare them with those of an archive.</summary>
/// <param name="database">The database.</param>
/// <param name="observer">Receives warnings of pg_dump.</param>
internal sealed class LiveDefinitions(PostgresAddress database, IOperationObserver observer)
{
    /// <summary>
    /// Reads the definitions in the archive's scope; null where pg_dump is of another version than the one that wrote the archive, because
    /// that may say the same thing in other words. Errors: those of pg_dump.
    /// </summary>
    /// <param name="archive">The archive to compare with.</param>
    /// <param name="serverMajor">Major version of the database's server.</param>
    /// <param name="encoding">The encoding to read in.</param>
    /// <param name="rules">The differences to ignore.</param>
    /// <param name="cancellation">Stops pg_dump.</param>
    public async Task<(PgTool Tool, IReadOnlyList<SchemaObject>? Schema)> ReadAsync(PostgresArchive archive, int serverMajor,
        string encoding, SchemaRules rules, CancellationToken cancellation)
    {
        var tool = PgTools.Find("pg_dump", Math.Max(serverMajor, archive.DumpMajor), database.Name, PgChoice.Closest);
        if (tool.Major != archive.DumpMajor) return (tool, null);
        var scope = BackupScope.Of(archive.Description.Scope, database.Name);
        var script = await PgProcess.ReadAsync(
            new PgCommand
            {
                Tool = tool,
                Arguments = ["--schema-only", "--encoding", encoding, .. scope.DumpArguments()],
                Target = database.Name,
                Address = database,
                ServerMajor = serverMajor,
                Encoding = encoding,
                Warned = observer.Warning,
            }, cancellation);
        return (tool, SchemaScript.Parse(new StringReader(script), rules));
    }
}
