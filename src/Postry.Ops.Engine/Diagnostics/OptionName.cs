using System.Runtime.CompilerServices;

namespace Postry.Ops.Engine.Diagnostics;

/// <summary>An option of a command, as the engine's texts name it; a value of the option follows in the text.</summary>
public sealed class OptionName : TypedName
{
    public static readonly OptionName AcceptSmaller = new();
    public static readonly OptionName AllowDifferentSource = new();
    public static readonly OptionName AllowLast = new();
    public static readonly OptionName AllowReplicationBreak = new();
    public static readonly OptionName AllowUnverified = new();
    public static readonly OptionName BackupFile = new();
    public static readonly OptionName BackupRoot = new();
    public static readonly OptionName Baseline = new();
    public static readonly OptionName Before = new();
    public static readonly OptionName BeforeTag = new();
    public static readonly OptionName Commit = new();
    public static readonly OptionName Credential = new();
    public static readonly OptionName Database = new();
    public static readonly OptionName DatabaseUrl = new();
    public static readonly OptionName Deadline = new();
    public static readonly OptionName Destination = new();
    public static readonly OptionName EndToEnd = new();
    public static readonly OptionName ExcludeRuntimePath = new();
    public static readonly OptionName ExcludeSchema = new();
    public static readonly OptionName ExcludeTableData = new();
    public static readonly OptionName Fingerprint = new();
    public static readonly OptionName Force = new();
    public static readonly OptionName FreezeWrites = new();
    public static readonly OptionName HookTimeout = new();
    public static readonly OptionName Id = new();
    public static readonly OptionName IntegrityKey = new();
    public static readonly OptionName KeepDaily = new();
    public static readonly OptionName Latest = new();
    public static readonly OptionName Level = new();
    public static readonly OptionName Mode = new();
    public static readonly OptionName NewKeyFile = new();
    public static readonly OptionName NoOwner = new();
    public static readonly OptionName NoRuntime = new();
    public static readonly OptionName NoTablespaces = new();
    public static readonly OptionName OnBrokenObject = new();
    public static readonly OptionName OnSmokeFailure = new();
    public static readonly OptionName Path = new();
    public static readonly OptionName PostRestoreHealthUrl = new();
    public static readonly OptionName PreSwapSmoke = new();
    public static readonly OptionName RepoRoot = new();
    public static readonly OptionName RestoreId = new();
    public static readonly OptionName RuntimeBackupFile = new();
    public static readonly OptionName RuntimePath = new();
    public static readonly OptionName SaveBaseline = new();
    public static readonly OptionName Schema = new();
    public static readonly OptionName ScratchPath = new();
    public static readonly OptionName ScratchUrl = new();
    public static readonly OptionName SkipSpaceCheck = new();
    public static readonly OptionName Smoke = new();
    public static readonly OptionName SmokeDeadline = new();
    public static readonly OptionName Strategy = new();
    public static readonly OptionName Tag = new();
    public static readonly OptionName WaitTimeout = new();
    public static readonly OptionName WithRuntime = new();

    private OptionName([CallerMemberName] string name = "")
        : base(name)
    {
    }
}
