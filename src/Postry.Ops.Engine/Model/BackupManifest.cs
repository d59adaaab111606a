using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Postry.Ops.Engine.Storage;

namespace Postry.Ops.Engine.Model;

/// <summary>The signed facts of a set. docs/manifest.md describes each member.</summary>
internal sealed record BackupManifest
{
    /// <summary>The only format that this version writes and reads.</summary>
    public const string CurrentFormat = "postry-backup/1";

    private const string BackupDomain = "backup";
    private const string RuntimeDomain = "runtime";

    public required string Format { get; init; }
    public required string Id { get; init; }
    public required string Database { get; init; }
    public required string? Label { get; init; }
    public required DatabaseMode Mode { get; init; }
    public required DateTime SnapshotAt { get; init; }
    public required double DurationSeconds { get; init; }
    public required SourceIdentity Source { get; init; }
    public required ArtefactDescription Artefact { get; init; }
    public required DatabaseContents Contents { get; init; }
    public SqliteDescription? Sqlite { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public PostgresDescription? Postgres { get; init; }

    /// <summary>The contents of a runtime archive; null for a database.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public RuntimeDescription? Runtime { get; init; }

    /// <summary>The runtime archive that belongs to the set of a database; null for a runtime archive.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public RuntimeBinding? RuntimeArchive { get; init; }

    /// <summary>The comparison of a database's set with the newest good one before it; null if there was none to compare with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public Plausibility? Plausibility { get; init; }

    /// <summary>Id of the restore in place before which the set was made, to undo it from: what it holds was given up for an older set.
    /// Null of any other set.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? BeforeRestore { get; init; }

    /// <summary>The number of the set among those of its database, in the order in which they were made: no clock changes it. Null in
    /// manifests of before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public long? Sequence { get; init; }

    /// <summary>The tags that the operator gave, by their keys; null where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>The version of the application in the repo root; null where there is no sign of any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public DeployedVersion? Deployed { get; init; }
    public required SoftwareDescription Software { get; init; }

    /// <summary>True where the old scripts made the set: then only the artefact's name, size and SHA-256 are signed, and all else was made
    /// up or read from the artefact.</summary>
    [JsonIgnore]
    public bool Legacy { get; init; }

    /// <summary>The kind of document that is signed, so that one kind never passes for another. An artefact's name says which kind its
    /// manifest is.</summary>
    public static string DomainOf(string artefactPath) => IsRuntime(artefactPath) ? RuntimeDomain : BackupDomain;

    /// <summary>True where a file's name is that of a runtime archive or of its manifest.</summary>
    public static bool IsRuntime(string path) => Path.GetFileName(path).StartsWith(BackupKeys.RuntimePrefix, StringComparison.Ordinal);

    /// <summary>False where a value is of the right type but none that a backup can have, so that nobody has to expect it later.</summary>
    [JsonIgnore]
    public bool IsPlausible =>
        DurationSeconds is >= 0 and < 1e9
        && Enum.IsDefined(Mode)
        && Enum.IsDefined(Contents.Kind)
        && Source.Bytes >= 0
        && Artefact.Bytes >= 0
        && Contents.Tables.All(table => table is not null)
        && Contents.Schema.All(o => o is not null)
        && Contents.NotHeld?.All(omission => omission is not { Rows: < 0 } and not null) != false
        && (Artefact.Files is null || Artefact.Files.All(file => file is { Bytes: >= 0 }))
        && (Mode == DatabaseMode.Postgres) == (Artefact.Files is not null && Postgres is not null)
        && Postgres?.IsPlausible != false
        && (Mode == DatabaseMode.Runtime) == (Runtime is not null)
        && (Mode == DatabaseMode.Runtime) == (DomainOf(Artefact.File) == RuntimeDomain)
        && Runtime?.IsPlausible != false
        && RuntimeArchive?.IsPlausible != false
        // Operations find and remove the archive by this name, so ".." or the name of another kind of file is refused.
        && (RuntimeArchive?.File is not { } archive || (IsRuntime(archive) && BackupKeys.IsName(archive)))
        && (Plausibility is null || Plausibility.Doubts.Concat(Plausibility.MissingTables).All(text => text is not null))
        && Tags?.Values.All(value => value is not null) != false
        && Deployed?.IsPlausible != false
        && (Sqlite is null || Sqlite.IntegrityNotes.All(note => note is not null));

    /// <summary>The manifest as indented JSON without a signature.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, EngineJson.Readable.BackupManifest);
}

/// <summary>The database that a set came from.</summary>
/// <param name="Path">Name of the database: the full path of a file, links resolved, or a URL without user and password.</param>
/// <param name="Host">Name of the host that made the backup.</param>
/// <param name="Bytes">Size of the database in bytes, as unpacked.</param>
/// <param name="UnixMode">Permission bits of the file in octal, or null.</param>
/// <param name="UserId">Owner of the file, or null.</param>
/// <param name="GroupId">Group of the file, or null.</param>
/// <param name="Identity">PostgreSQL: the server's system identifier and the database's name; null for a file.</param>
internal sealed record SourceIdentity(
    string Path, string Host, long Bytes, string? UnixMode, uint? UserId, uint? GroupId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Identity = null);

/// <summary>The stored bytes.</summary>
/// <param name="File">Name of the file or folder.</param>
/// <param name="Bytes">The size in bytes; for a folder, that of all files in it.</param>
/// <param name="Sha256">The SHA-256 of the file; for a folder, that of its list of files (see <see cref="FolderFile"/>).</param>
/// <param name="Compression">gzip, zstd or lz4.</param>
/// <param name="Files">The files of a folder; null for a file.</param>
internal sealed record ArtefactDescription(
    string File, long Bytes, string Sha256, string Compression,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<FolderFile>? Files = null);

/// <summary>
/// Properties of an SQLite database and the library that read it. IntegrityCheck is SQLite's check that the backup made: quick_check, or
/// null in older manifests, which made the same. FreePages are those that hold nothing; null in a manifest that does not say.
/// </summary>
internal sealed record SqliteDescription(
    string Library, int PageSize, long Pages, string JournalMode, string Encoding,
    long UserVersion, long ApplicationId, IReadOnlyList<string> IntegrityNotes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? IntegrityCheck = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? FreePages = null)
{
    /// <summary>Bytes of the pages that hold something; null where that is not known.</summary>
    [JsonIgnore]
    public long? UsedBytes => (Pages - FreePages) * PageSize;
}

/// <summary>The software that made the set.</summary>
internal sealed record SoftwareDescription(string PostryOps, string Runtime, string OperatingSystem);

/// <summary>The JSON of everything that the engine writes, generated at build time so that listing thousands of sets stays fast.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(BackupManifest))]
[JsonSerializable(typeof(RestoreRecord))]
[JsonSerializable(typeof(RestoreJournal))]
[JsonSerializable(typeof(RestoreDrill))]
[JsonSerializable(typeof(DrillNote))]
[JsonSerializable(typeof(BackupPin))]
internal sealed partial class EngineJson : JsonSerializerContext
{
    /// <summary>The serializer that writes names in any script as they are.</summary>
    public static EngineJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
