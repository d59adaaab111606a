using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.BackingUp;
using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Errors;

namespace Postry.Ops.Commands;

/// <summary>Backs databases up into the backup root.</summary>
[Cmdlet(VerbsData.Backup, "PostryDatabase",
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ByPath)]
[OutputType("Postry.Ops.Engine.Catalog.BackupSet", "Postry.Ops.Engine.BackingUp.BackupPlan")]
public sealed class BackupPostryDatabaseCommand : KeyedCommand
{
    private const string ByPath = "Path";
    private const string ByLiteralPath = "LiteralPath";
    private const string ByUrl = "DatabaseUrl";

    private bool _anyPath;

    /// <summary>The SQLite files; wildcards are expanded.</summary>
    [Parameter(ParameterSetName = ByPath, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>The SQLite files, taken as written.</summary>
    [Parameter(ParameterSetName = ByLiteralPath, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName", "SqlitePath")]
    [ValidateNotNullOrEmpty]
    public string[]? LiteralPath { get; set; }

    /// <summary>The address of a PostgreSQL database; DATABASE_URL where nothing is named.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [Alias("ConnectionString")]
    [ValidateNotNullOrEmpty]
    public string? DatabaseUrl { get; set; }

    /// <summary>Role and password, in place of those of the address.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The database engine; auto takes it from the source.</summary>
    [Parameter]
    [ValidateSet("auto", "sqlite", "postgres")]
    public string Mode { get; set; } = "auto";

    /// <summary>The logical name of the database; the file's name without its extension, or the server's name for it, unless given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>Free text kept with the set.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LabelCompleter))]
    public string? Label { get; set; }

    /// <summary>How much of each table's content to prove.</summary>
    [Parameter]
    [ValidateSet("Content", "Live", "RowCount", "None")]
    public string Fingerprint { get; set; } = "Content";

    /// <summary>Only these schemas, as patterns of pg_dump.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateNotNullOrEmpty]
    public string[]? Schema { get; set; }

    /// <summary>Not these schemas.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateNotNullOrEmpty]
    public string[]? ExcludeSchema { get; set; }

    /// <summary>Not the rows of these tables.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateNotNullOrEmpty]
    public string[]? ExcludeTableData { get; set; }

    /// <summary>The hosting service whose own schemas, roles and extensions are left out.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateSet("None", "Supabase")]
    public string Profile { get; set; } = "None";

    /// <summary>How the archive is compressed.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateSet("Gzip", "Zstd", "Lz4")]
    public string Compression { get; set; } = "Gzip";

    /// <summary>Tables dumped at the same time.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateRange(1, 1024)]
    public int Jobs { get; set; }

    private protected override void Process()
    {
        foreach (var path in LiteralPath ?? Path ?? [])
        {
            _anyPath = true;
            // Before an error could repeat it.
            DatabaseChoice.RequirePath(path, "Backup");
            ForItem(path, () =>
            {
                foreach (var file in Files(path)) ForItem(file, () => BackUp(Named("Backup", file, null, null, Mode)));
            });
        }
    }

    private protected override void End()
    {
        // An empty pipeline has nothing to back up; a command that names nothing means DATABASE_URL.
        if (_anyPath || MyInvocation.ExpectingInput) return;
        var server = Named("Backup", null, DatabaseUrl, Credential, Mode);
        ForItem(null, () => BackUp(server));
    }

    private void BackUp(DatabaseAddress source)
    {
        var request = new BackupRequest
        {
            Source = source,
            Mode = Modes.Parse(Mode),
            Database = Database,
            Label = Label,
            Fingerprint = Enum.Parse<FingerprintKind>(Fingerprint, ignoreCase: true),
            Postgres = new PostgresBackupOptions
            {
                Schemas = Schema ?? [],
                ExcludeSchemas = ExcludeSchema ?? [],
                ExcludeTableData = ExcludeTableData ?? [],
                Profile = Enum.Parse<BackupProfile>(Profile, ignoreCase: true),
                Compression = Enum.Parse<ArchiveCompression>(Compression, ignoreCase: true),
                Jobs = Jobs > 0 ? Jobs : null,
            },
        };
        var plan = Run((engine, cancellation) => engine.PlanBackupAsync(request, cancellation));
        if (ShouldProcess(plan.Summary, plan.Summary, "Back up a database", out var reason))
        {
            WriteObject(Run((engine, cancellation) => engine.BackUpAsync(request, cancellation)));
        }
        else if (reason.HasFlag(ShouldProcessReason.WhatIf))
        {
            WriteObject(plan);
        }
    }

    private IEnumerable<string> Files(string path)
    {
        if (ParameterSetName == ByLiteralPath || !WildcardPattern.ContainsWildcardCharacters(path)) return [FullPath(path)];
        var files = SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _);
        return files.Count > 0
            ? files
            : throw new SourceNotFoundException("Backup", path, $"No file fits {path}.",
                "Check the pattern, or use -LiteralPath for a name that holds wildcard characters.");
    }
}
