using Postry.Ops.Engine.Databases;

namespace Postry.Ops.Engine.BackingUp;

/// <summary>What to back up and how.</summary>
public sealed record BackupRequest
{
    /// <summary>Full or relative path of the SQLite database file.</summary>
    public required string Path { get; init; }

    /// <summary>The engine to use; null picks it by what the source is.</summary>
    public DatabaseMode? Mode { get; init; }

    /// <summary>Logical name; null takes the file's name without its extension.</summary>
    public string? Database { get; init; }

    /// <summary>Free text kept with the set.</summary>
    public string? Label { get; init; }

    /// <summary>How much of each table's content to prove.</summary>
    public FingerprintKind Fingerprint { get; init; } = FingerprintKind.Content;
}

/// <summary>What a backup would do, for -WhatIf and for the question.</summary>
/// <param name="Path">Full path of the source, links resolved.</param>
/// <param name="Database">Logical name of the database.</param>
/// <param name="Mode">The engine.</param>
/// <param name="SourceBytes">Size of the source with its write-ahead log.</param>
/// <param name="Folder">Folder that would receive the set.</param>
/// <param name="Summary">One sentence that says all of it.</param>
public sealed record BackupPlan(string Path, string Database, DatabaseMode Mode, long SourceBytes, string Folder, string Summary);
