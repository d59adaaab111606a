using System.Runtime.CompilerServices;

namespace Postry.Ops.Engine.Diagnostics;

/// <summary>
/// A name of a command or option, as the engine puts it into a text: the front end that runs replaces it by its own words, because only the
/// front end knows whether it is typed in PowerShell or at a console.
/// </summary>
/// <param name="name">The engine's own name; a text says it in angle brackets where no front end has set words.</param>
public abstract class TypedName(string name)
{
    private static IReadOnlyDictionary<TypedName, string> s_words = new Dictionary<TypedName, string>();

    /// <summary>The engine's own name.</summary>
    public string Name => name;

    /// <summary>Sets the words of the front end. Called once in a process, before anything else of the engine.</summary>
    public static void UseWords(IReadOnlyDictionary<TypedName, string> words) => s_words = words;

    /// <summary>The words that the operator types.</summary>
    public override string ToString() => s_words.GetValueOrDefault(this) ?? $"<{name}>";
}

/// <summary>A command, as the engine's texts name it: <c>$"{CommandName.UndoRestore} {OptionName.RestoreId} {id}"</c>.</summary>
public sealed class CommandName : TypedName
{
    public static readonly CommandName BackUpDatabase = new();
    public static readonly CommandName ListBackups = new();
    public static readonly CommandName TestBackup = new();
    public static readonly CommandName RemoveBackup = new();
    public static readonly CommandName Prune = new();
    public static readonly CommandName UnpinBackup = new();
    public static readonly CommandName CopyBackup = new();
    public static readonly CommandName CheckCatalog = new();
    public static readonly CommandName RepairCatalog = new();
    public static readonly CommandName RestoreDatabase = new();
    public static readonly CommandName RestoreRuntime = new();
    public static readonly CommandName ListRestores = new();
    public static readonly CommandName UndoRestore = new();
    public static readonly CommandName CompleteRestore = new();
    public static readonly CommandName ListPreviousCopies = new();
    public static readonly CommandName RemovePreviousCopy = new();
    public static readonly CommandName UnlockBackupRoot = new();
    public static readonly CommandName ListSettings = new();
    public static readonly CommandName WriteConfiguration = new();
    public static readonly CommandName ListDrills = new();
    public static readonly CommandName NewEvidenceKey = new();
    public static readonly CommandName SmokeTest = new();
    public static readonly CommandName RestoreDrill = new();
    public static readonly CommandName RunJob = new();

    private CommandName([CallerMemberName] string name = "")
        : base(name)
    {
    }
}
