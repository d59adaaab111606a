using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;
using Postry.Ops.Engine.Engines.Postgres.Source;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>The engine's captures and readings, as its operations call them.</summary>
internal static class Captures
{
    /// <summary>Captures a database into a folder.</summary>
    public static Task<CaptureResult> TakeAsync(
        PostgresAddress address, string folder, FingerprintKind kind = FingerprintKind.Content, PostgresBackupOptions? options = null,
        IOperationObserver? observer = null, TimeSpan? patience = null, CancellationToken cancellation = default) =>
        new PostgresCapture(address, options ?? new PostgresBackupOptions(), kind, patience ?? TimeSpan.FromSeconds(10), observer
            ?? SilentObserver.Instance).RunAsync(folder, cancellation);

    /// <summary>Reads an archive again.</summary>
    public static Task<ArchiveReading> ReadAsync(CaptureResult capture, string folder, bool throughTool = false) =>
        new ArchiveContents(folder, capture.Postgres!.Tables, capture.Contents.Kind, 2, Restore, _ =>
            { }) { ThroughTool = throughTool }.ReadAsync(default);

    /// <summary>Reads the tables and large objects of a database that was restored from a capture, or of its source.</summary>
    public static async Task<(IReadOnlyList<TableContent> Tables,
        PostgresLargeObjects LargeObjects)> ReadServerAsync(PostgresAddress address, CaptureResult capture, int jobs = 2)
    {
        Task<NpgsqlSession> Open(CancellationToken cancellation) => PostgresConnector.OpenAsync(address, cancellation);
        await using var snapshot = await ServerSnapshot.TakeAsync(Open, default);
        var server = new ServerContents(Open, capture.Contents.Kind, jobs, _ => { });
        return (await server.ReadTablesAsync(snapshot, capture.Postgres!.Tables.Where(t => t.DataFile is not null), default),
            await server.ReadLargeObjectsAsync(snapshot, default));
    }

    /// <summary>The stock pg_restore, as the engine runs it.</summary>
    public static RunRestore Restore { get; } = ArchiveTool.Find(1, "an archive");

    /// <summary>Rows and fingerprint by the table's name.</summary>
    public static Dictionary<string, (long? Rows, string? Fingerprint)> ByName(IEnumerable<TableContent> tables) =>
        tables.ToDictionary(t => t.Name, t => (t.Rows, t.Fingerprint));
}
