using Postry.Ops.Engine;
using Postry.Ops.Engine.Model;
using Postry.Ops.Formatting;

namespace Postry.Ops.Completion;

/// <summary>The base of the completers of paths: a person may have typed the beginning of the path, of a path from here, or of the file's
/// name.</summary>
internal abstract class FileCompleter : CatalogCompleter
{
    private protected sealed override bool IsMeant(string value, string word, string folder) =>
        base.IsMeant(value, word, folder)
        || Path.GetFileName(value).StartsWith(word, StringComparison.OrdinalIgnoreCase)
        || value.StartsWith(Path.GetFullPath(word, folder), StringComparison.OrdinalIgnoreCase);

    private protected IEnumerable<(string Value, string ToolTip)> Files(OpsEngine engine, TypedCommand typed, bool ofRuntime) =>
        from set in engine.SuggestBackups(new SuggestedBackups
        {
            Database = typed.Database,
            Name = ofRuntime ? null : (file, _) => IsMeant(file, typed.Word, typed.Folder),
            IsMeant = set => !ofRuntime || set.Runtime.File is not null,
        })
        select ((ofRuntime ? set.Runtime.File! : set.BackupFile), Choices.Line(set, size => DisplayFormat.Size(size)));
}

/// <summary>Suggests the files of sets, newest first; where runtime files are restored, their archives.</summary>
internal sealed class BackupFileCompleter : FileCompleter
{
    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        Files(engine, typed, typed.IsForRuntimeFiles);
}

/// <summary>Suggests the archives of runtime files, newest first.</summary>
internal sealed class RuntimeFileCompleter : FileCompleter
{
    private protected override IEnumerable<(string Value, string ToolTip)> Candidates(OpsEngine engine, TypedCommand typed) =>
        Files(engine, typed, ofRuntime: true);
}
