using System.Management.Automation;
using Postry.Ops.Completion;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Operations;

namespace Postry.Ops.Commands;

/// <summary>Backs databases up into the backup root.</summary>
[Cmdlet(VerbsData.Backup, "PostryDatabase",
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ByPath)]
[OutputType("Postry.Ops.Engine.Model.BackupSet", "Postry.Ops.Engine.Model.BackupPlan")]
public sealed class BackupPostryDatabaseCommand : BackupMakingCommand
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

    /// <summary>The address of a PostgreSQL database; else the entries of postry.json that -Database names, else DATABASE_URL.</summary>
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

    /// <summary>The databases of postry.json to back up, with wildcards; beside -Path or -DatabaseUrl the logical name of the database; the
    /// file's name without its extension, or the server's name for it, unless given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
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

    /// <summary>The amount of each table's content to prove.</summary>
    [Parameter]
    [ValidateSet("Content", "Live", "RowCount", "None")]
    public string Fingerprint { get; set; } = "Content";

    /// <summary>Patterns of the schemas to back up, in the form of pg_dump.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SchemaCompleter))]
    public string[]? Schema { get; set; }

    /// <summary>Patterns of schemas to leave out.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SchemaCompleter))]
    public string[]? ExcludeSchema { get; set; }

    /// <summary>Patterns of tables whose rows are left out.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TableCompleter))]
    public string[]? ExcludeTableData { get; set; }

    /// <summary>The hosting service whose own schemas, roles and extensions are left out.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateSet("None", "Supabase")]
    public string Profile { get; set; } = "None";

    /// <summary>The compression of the archive.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateSet("Gzip", "Zstd", "Lz4")]
    public string Compression { get; set; } = "Gzip";

    /// <summary>Tables dumped at the same time.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateRange(1, 1024)]
    public int Jobs { get; set; }

    /// <summary>The set may hold much less than the backup before it: it is not Suspicious.</summary>
    [Parameter]
    public SwitchParameter AcceptSmaller { get; set; }

    /// <summary>Afterwards test the set, and if it passes remove those of the database that the policy does not keep.</summary>
    [Parameter]
    public SwitchParameter Prune { get; set; }

    /// <summary>Leave the runtime files out of the set.</summary>
    [Parameter]
    public SwitchParameter NoRuntime { get; set; }

    /// <summary>The runtime files, as patterns relative to the repo root.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? RuntimePath { get; set; }

    /// <summary>Patterns of runtime files that are left out.</summary>
    [Parameter]
    [ValidateNotNull]
    [SupportsWildcards]
    public string[]? ExcludeRuntimePath { get; set; }

    /// <summary>Patterns without a fitting file for each of which the backup fails.</summary>
    [Parameter]
    [ValidateNotNull]
    [SupportsWildcards]
    public string[]? RequiredRuntimePath { get; set; }

    private protected override void Begin()
    {
        // A nightly backup reads all of postry.json, so that a mistake in any section is found by day and not when that section is needed.
        if (Path is null && LiteralPath is null && DatabaseUrl is null && !MyInvocation.ExpectingInput)
            Choose(null, () =>
            {
                Settings.Configuration.Require(ConfigurationSections.All);
                return true;
            });
        if (!NoRuntime) return;
        (string Name, string[]? Patterns)[] lists =
            [("-RuntimePath", RuntimePath), ("-ExcludeRuntimePath", ExcludeRuntimePath), ("-RequiredRuntimePath", RequiredRuntimePath)];
        if (lists.FirstOrDefault(list => list.Patterns is not null).Name is { } named)
            throw new InvalidRequestException(named,
                $"-NoRuntime and {named} contradict each other.", "Give one of the two.");
    }

    private protected override void Process()
    {
        var paths = LiteralPath ?? Path ?? [];
        _anyPath |= paths.Length > 0;
        // The path is checked here, before an error could repeat a secret in it.
        foreach (var path in paths) DatabaseChoice.RequirePath(path);
        ForEach([.. paths.SelectMany(Files)], found => found.File ?? found.Path, found => BackUp(Choose(Database, () => Chosen(
            found.File ?? throw NoneFits(found.Path), null, null, Mode))));
    }

    private protected override void End()
    {
        // An empty pipeline has nothing to back up; a command that names nothing means DATABASE_URL, or the only database of postry.json.
        if (_anyPath || MyInvocation.ExpectingInput) return;
        var entries = new DatabaseEntries(Settings);
        if (DatabaseUrl is not null || Database is null || !entries.Any)
        {
            BackUp(Source(Database));
            return;
        }

        var fitting = Choose(DatabaseEntries.IsPattern(Database) ? null : Database, () => entries.Matching(Database));
        ForEach(fitting, entry => entry.Name, entry => BackUp(Source(entry.Name)));
    }

    private ChosenDatabase Source(string? name) => Choose(name, () => Chosen(null, DatabaseUrl, Credential, Mode, name,
        ("-Schema", Schema is not null), ("-ExcludeSchema", ExcludeSchema is not null), ("-ExcludeTableData", ExcludeTableData is not null),
        ("-Profile", IsGiven(nameof(Profile))), ("-Compression", IsGiven(nameof(Compression))), ("-Jobs", Jobs > 0)));

    private bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private void BackUp(ChosenDatabase source) => BackUp(
        new BackupRequest
        {
            Source = source.Address,
            Mode = Modes.Parse(Mode),
            Database = source.BackupName(Database),
            Label = Label,
            Tags = Choose(Database, () => BackupTags.Parse(Tag)),
            Fingerprint = Enum.Parse<FingerprintKind>(Fingerprint, ignoreCase: true),
            AcceptSmaller = AcceptSmaller,
            NoRuntime = NoRuntime,
            Runtime = RuntimeFiles(RuntimePath, ExcludeRuntimePath, RequiredRuntimePath),
            Postgres = source.Options(Schema, ExcludeSchema, ExcludeTableData, IsGiven(nameof(Profile))
                ? Enum.Parse<BackupProfile>(Profile, ignoreCase: true) : null) with
            {
                Compression = Enum.Parse<ArchiveCompression>(Compression, ignoreCase: true),
                Jobs = Jobs > 0 ? Jobs : null,
            },
        },
        "Back up a database", Prune);

    // A pattern that fits no file stands for one failed backup, and the others are made.
    private IEnumerable<(string Path, string? File)> Files(string path)
    {
        if (ParameterSetName == ByLiteralPath || !WildcardPattern.ContainsWildcardCharacters(path)) return [(path, FullPath(path))];
        var files = SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _);
        return files.Count > 0 ? files.Select(file => (path, (string?)file)) : [(path, null)];
    }

    private static SourceNotFoundException NoneFits(string path) => new(path, $"No file matches {path}.",
        "Check the pattern, or use -LiteralPath for a name that holds wildcard characters.");
}
