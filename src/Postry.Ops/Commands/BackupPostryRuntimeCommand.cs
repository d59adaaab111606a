using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Commands;

/// <summary>Backs up the runtime files of the repo root, without a database.</summary>
[Cmdlet(VerbsData.Backup, "PostryRuntime", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType("Postry.Ops.Engine.Model.BackupSet", "Postry.Ops.Engine.Model.BackupPlan")]
public sealed class BackupPostryRuntimeCommand : BackupMakingCommand
{
    private readonly List<string> _patterns = [];

    /// <summary>The files, as patterns relative to the repo root; those of postry.json, or the usual ones, unless given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("RuntimePath")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>Patterns of files that are left out.</summary>
    [Parameter]
    [Alias("ExcludeRuntimePath")]
    [ValidateNotNull]
    [SupportsWildcards]
    public string[]? Exclude { get; set; }

    /// <summary>Patterns without a fitting file for each of which the backup fails.</summary>
    [Parameter]
    [Alias("RequiredRuntimePath")]
    [ValidateNotNull]
    [SupportsWildcards]
    public string[]? Required { get; set; }

    /// <summary>The logical name to keep the archive under; the name of the repo root's folder unless given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>Free text kept with the set.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LabelCompleter))]
    public string? Label { get; set; }

    /// <summary>Tags to keep with the set: texts such as 'version=v2.14', or a hashtable.</summary>
    [Parameter]
    [Tags]
    [ArgumentCompleter(typeof(OwnTagCompleter))]
    public string[]? Tag { get; set; }

    // All patterns that are piped in make one archive, as they do when they are typed as a list.
    private protected override void Process() => _patterns.AddRange(Path ?? []);

    private protected override void End()
    {
        // An empty pipeline has nothing to back up; a command that names nothing means what is configured.
        if (_patterns.Count == 0 && MyInvocation.ExpectingInput) return;
        BackUp(
            new BackupRequest
            {
                Source = new RuntimeAddress(Settings.RepoRoot),
                Mode = DatabaseMode.Runtime,
                Database = Database,
                Label = Label,
                Tags = BackupTags.Parse(Tag),
                Runtime = RuntimeFiles(_patterns.Count == 0 ? null : [.. _patterns], Exclude, Required),
            },
            "Back up runtime files");
    }
}
