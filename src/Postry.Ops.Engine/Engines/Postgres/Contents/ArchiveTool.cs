using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Tools;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>Runs pg_restore on archives, without a server.</summary>
internal static class ArchiveTool
{
    /// <summary>Finds a pg_restore that can read what a pg_dump of a version wrote. Errors: ToolMissing, ToolTooOld.</summary>
    /// <param name="dumpMajor">Major version of the pg_dump that wrote the archive.</param>
    /// <param name="target">The name of the target, which errors carry.</param>
    /// <param name="warned">Receives warnings.</param>
    public static RunRestore Find(int dumpMajor, string target, Action<string>? warned = null)
    {
        var tool = PgTools.Find("pg_restore", dumpMajor, target, PgChoice.Closest);
        return async (arguments, read, cancellation) =>
        {
            await using var process = PgProcess.Start(
                new PgCommand { Tool = tool, Arguments = arguments, Target = target, WithOutput = true, Warned =
                    warned }, cancellation);
            await read(process.Output, cancellation);
            await process.CompleteAsync();
        };
    }

    /// <summary>The schema in an archive, apart.</summary>
    public static async Task<IReadOnlyList<SchemaObject>> ReadSchemaAsync(string folder, RunRestore restore, SchemaRules rules,
        CancellationToken cancellation)
    {
        IReadOnlyList<SchemaObject> schema = [];
        await restore(["--schema-only", "-f", "-", folder],
            (output, token) => Task.Run(() => schema = SchemaScript.Parse(ByteKeepingEncoding.Reader(output), rules), token), cancellation);
        return schema;
    }
}
