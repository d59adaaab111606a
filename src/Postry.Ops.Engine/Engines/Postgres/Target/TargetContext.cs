using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Archives;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>The backup, the server and the sessions that the checks of a target work with.</summary>
/// <param name="Name">The name of the target in messages.</param>
/// <param name="Address">How to reach the live database.</param>
/// <param name="Request">The request for the restore.</param>
/// <param name="Set">The backup.</param>
/// <param name="Server">The server of the target.</param>
/// <param name="Live">A session on the live database; null where there is none.</param>
/// <param name="Maintenance">A session on another database of the server; null where none can be reached.</param>
internal sealed record TargetContext(string Name, PostgresAddress Address, RestoreRequest Request, BackupSet Set, TargetServer Server,
    NpgsqlSession? Live, NpgsqlSession? Maintenance)
{
    /// <summary>The operation that errors name.</summary>
    private const int MostNames = 10;

    /// <summary>The stored backup; null where its manifest cannot be read.</summary>
    public PostgresArchive? Archive { get; init; }

    /// <summary>The manifest of the backup; null where it cannot be read.</summary>
    public BackupManifest? Manifest => Archive?.Manifest;

    /// <summary>Rows of the live database that no backup of it holds.</summary>
    public IReadOnlyList<Omission> LostRows { get; init; } = [];

    /// <summary>True where the manifest of the backup can be read.</summary>
    public bool HasBackup => Manifest?.Postgres is not null;

    /// <summary>True where there is a live database that the backup would replace.</summary>
    public bool HasBoth => HasBackup && Live is not null && Server.LiveExists;

    /// <summary>The description of server and database in the manifest.</summary>
    public PostgresDescription Description => Manifest!.Postgres!;

    /// <summary>True where only some schemas were backed up.</summary>
    public bool IsPart => Description.Scope.IsPart;

    /// <summary>A session on the server, on whatever database.</summary>
    public NpgsqlSession Any => Live ?? Maintenance!;

    /// <summary>The options of PostgreSQL that were asked for.</summary>
    public PostgresRestoreOptions Options => Request.Postgres;

    /// <summary>The error for a right that is missing.</summary>
    public AccessDeniedException Denied(string problem, string hint) => new(Name, problem, hint);

    /// <summary>The error for something that cannot work.</summary>
    public InvalidRequestException Invalid(string problem, string hint) => new(Name, problem, hint);

    /// <summary>The error for something that is bound to the live database.</summary>
    public ReplicationInTheWayException InTheWay(string problem, string hint) => new(Name, problem, hint);

    /// <summary>Names in a sentence; of many, the first.</summary>
    public static string List(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(MostNames)) + (names.Count > MostNames ? $" and {names.Count - MostNames} more" : "");
}
