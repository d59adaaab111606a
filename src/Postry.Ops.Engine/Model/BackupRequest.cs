namespace Postry.Ops.Engine.Model;

/// <summary>The parameters of a backup.</summary>
public sealed record BackupRequest
{
    /// <summary>The database.</summary>
    public required DatabaseAddress Source { get; init; }

    /// <summary>The engine that the caller expects; null for whichever the source is of.</summary>
    public DatabaseMode? Mode { get; init; }

    /// <summary>Logical name; null takes the file's name without its extension, or the database's name.</summary>
    public string? Database { get; init; }

    /// <summary>Free text kept with the set.</summary>
    public string? Label { get; init; }

    /// <summary>Tags to keep with the set, by their keys, as <see cref="BackupTags.Parse"/> makes them.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = BackupTags.None;

    /// <summary>The amount of each table's content to prove.</summary>
    public FingerprintKind Fingerprint { get; init; } = FingerprintKind.Content;

    /// <summary>PostgreSQL: what is left out and how it is stored.</summary>
    public PostgresBackupOptions Postgres { get; init; } = new();

    /// <summary>True where the set may hold much less than the newest good one of its database: then it is not Suspicious.</summary>
    public bool AcceptSmaller { get; init; }

    /// <summary>True to go on where the backup root seems to have too little room.</summary>
    public bool SkipSpaceCheck { get; init; }

    /// <summary>Id of the restore in place that is about to replace what is backed up; null for any other backup.</summary>
    internal string? BeforeRestore { get; init; }

    /// <summary>True to leave the runtime files out of the set.</summary>
    public bool NoRuntime { get; init; }

    /// <summary>The rules that select runtime files; null for those of the settings.</summary>
    public RuntimeSelection? Runtime { get; init; }
}

/// <summary>The parts that a PostgreSQL backup leaves out, and how the archive is stored.</summary>
public sealed record PostgresBackupOptions
{
    /// <summary>Patterns (as pg_dump's) of the schemas to back up; empty for all.</summary>
    public IReadOnlyList<string> Schemas { get; init; } = [];

    /// <summary>Patterns of schemas to leave out.</summary>
    public IReadOnlyList<string> ExcludeSchemas { get; init; } = [];

    /// <summary>Patterns of tables whose rows are left out.</summary>
    public IReadOnlyList<string> ExcludeTableData { get; init; } = [];

    /// <summary>The hosting service, whose own objects nobody else can restore.</summary>
    public BackupProfile Profile { get; init; }

    /// <summary>The compression of the archive. Zstd and Lz4 need client programs of version 16 or newer.</summary>
    public ArchiveCompression Compression { get; init; }

    /// <summary>Tables dumped at the same time; null for the number of processors.</summary>
    public int? Jobs { get; init; }
}

/// <summary>A hosting service whose own schemas, roles and extensions are left out.</summary>
public enum BackupProfile
{
    None,
    Supabase,
}

/// <summary>The compression of an archive's files.</summary>
public enum ArchiveCompression
{
    Gzip,
    Zstd,
    Lz4,
}

/// <summary>The result of planning a backup, for -WhatIf and for the question.</summary>
/// <param name="Path">Name of the source: the full path of a file with links resolved, or a URL without user and password.</param>
/// <param name="Database">Logical name of the database.</param>
/// <param name="Mode">The engine.</param>
/// <param name="SourceBytes">Size of the source in bytes; for a file, its write-ahead log included.</param>
/// <param name="Folder">Folder that would receive the set.</param>
/// <param name="Summary">One sentence that says all of it.</param>
public sealed record BackupPlan(string Path, string Database, DatabaseMode Mode, long SourceBytes, string Folder, string Summary);
