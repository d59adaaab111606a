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

    private bool _anyPath;

    /// <summary>The database files; wildcards are expanded.</summary>
    [Parameter(ParameterSetName = ByPath, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>The database files, taken as written.</summary>
    [Parameter(ParameterSetName = ByLiteralPath, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName", "SqlitePath")]
    [ValidateNotNullOrEmpty]
    public string[]? LiteralPath { get; set; }

    /// <summary>The database engine; auto takes it from the source.</summary>
    [Parameter]
    [ValidateSet("auto", "sqlite", "postgres")]
    public string Mode { get; set; } = "auto";

    /// <summary>The logical name of the database; the file's name without its extension unless given.</summary>
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
    [ValidateSet("Content", "RowCount", "None")]
    public string Fingerprint { get; set; } = "Content";

    private protected override void Process()
    {
        foreach (var path in LiteralPath ?? Path ?? [])
        {
            _anyPath = true;
            ForItem(path, () =>
            {
                foreach (var file in Files(path)) ForItem(file, () => BackUp(file));
            });
        }
    }

    private protected override void End()
    {
        // An empty pipeline has nothing to back up; a command without any source is a mistake.
        if (_anyPath || MyInvocation.ExpectingInput) return;
        throw new InvalidRequestException("Backup", "-Path", "There is nothing to back up: -Path is missing.",
            "Give the path of a SQLite database file: Backup-PostryDatabase -Path ./app.db");
    }

    private void BackUp(string file)
    {
        var request = new BackupRequest
        {
            Source = new SqliteAddress(file),
            Mode = Modes.Parse(Mode),
            Database = Database,
            Label = Label,
            Fingerprint = Enum.Parse<FingerprintKind>(Fingerprint, ignoreCase: true),
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
